"""What a school and an app are shown, as values: every word of a page, and no markup.

A page of the web, of the terminal or of paper draws these and decides nothing. They
are made of a ledger's events alone: this wing asks no MIS.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .before import Again as Again, Before as Before
    from .deletion import deletion_request as deletion_request
    from .desk import Desk as Desk
    from .details import authorization_details as authorization_details
    from .ending import Ending as Ending, school_year_end as school_year_end
    from .grant import GrantedScope as GrantedScope, GrantView as GrantView
    from .history import HistoryLine as HistoryLine
    from .matrix import Cell as Cell, Column as Column, Matrix as Matrix, Row as Row
    from .people import PeopleCheck as PeopleCheck
    from .picture import MatrixPicture as MatrixPicture
    from .preview import Preview as Preview, PreviewRow as PreviewRow
    from .processing import processing_csv as processing_csv
    from .receipt import Decider as Decider, ReceiptPage as ReceiptPage
    from .request import (
        ChangesPage as ChangesPage,
        Lacking as Lacking,
        RequestPage as RequestPage,
        Waiting as Waiting,
    )
    from .school import AppCard as AppCard, SchoolDashboard as SchoolDashboard
    from .schools import SchoolLine as SchoolLine, SchoolsPage as SchoolsPage
    from .scopes import (
        FieldGroup as FieldGroup,
        FieldView as FieldView,
        JointView as JointView,
        ScopeView as ScopeView,
    )
    from .shapes import Label as Label, Line as Line
    from .situation import Action as Action, Situation as Situation, Tone as Tone
    from .stops import Deed as Deed, StopPage as StopPage, StopView as StopView
    from .vendor import AppDashboard as AppDashboard, AtSchool as AtSchool
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "before": "Again Before",
            "deletion": "deletion_request",
            "desk": "Desk",
            "details": "authorization_details",
            "ending": "Ending school_year_end",
            "grant": "GrantView GrantedScope",
            "history": "HistoryLine",
            "matrix": "Cell Column Matrix Row",
            "people": "PeopleCheck",
            "picture": "MatrixPicture",
            "preview": "Preview PreviewRow",
            "processing": "processing_csv",
            "receipt": "Decider ReceiptPage",
            "request": "ChangesPage Lacking RequestPage Waiting",
            "school": "AppCard SchoolDashboard",
            "schools": "SchoolLine SchoolsPage",
            "scopes": "FieldGroup FieldView JointView ScopeView",
            "shapes": "Label Line",
            "situation": "Action Situation Tone",
            "stops": "Deed StopPage StopView",
            "vendor": "AppDashboard AtSchool",
        },
    )
