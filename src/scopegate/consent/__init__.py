"""What was decided: requests, presentations, grants, events, and the state they fold to.

Everything here is a frozen value or a pure function of values. This wing reads no
ledger, asks no adapter and looks at no record.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .advice import Advice as Advice, AdviceCode as AdviceCode, advise as advise
    from .codec import (
        event_from_json as event_from_json,
        event_to_json as event_to_json,
        from_json as from_json,
        to_json as to_json,
    )
    from .connection import Connection as Connection, Issuer as Issuer
    from .decision import (
        NO_END as NO_END,
        Actor as Actor,
        Choice as Choice,
        Decision as Decision,
        NoEnd as NoEnd,
        Proposal as Proposal,
        TwoPersonRule as TwoPersonRule,
    )
    from .disclosures import (
        Recording as Recording,
        Usage as Usage,
        fold_disclosures as fold_disclosures,
        fold_usages as fold_usages,
    )
    from .events import (
        Amended as Amended,
        Authorised as Authorised,
        Cancelled as Cancelled,
        Closed as Closed,
        Connected as Connected,
        Declined as Declined,
        Disclosed as Disclosed,
        Disconnected as Disconnected,
        Dropped as Dropped,
        Event as Event,
        Expired as Expired,
        Invalidated as Invalidated,
        Lapsed as Lapsed,
        Paused as Paused,
        PeopleChecked as PeopleChecked,
        PermissionsChanged as PermissionsChanged,
        Presented as Presented,
        ProposalDropped as ProposalDropped,
        Proposed as Proposed,
        Relinquished as Relinquished,
        RequestCancelled as RequestCancelled,
        RequestPublished as RequestPublished,
        Resumed as Resumed,
        Revoked as Revoked,
        Succeeded as Succeeded,
        TwoPersonRuleSet as TwoPersonRuleSet,
    )
    from .fold import fold_requests as fold_requests, fold_school as fold_school
    from .grant import Grant as Grant, Pin as Pin, PinnedRows as PinnedRows
    from .lifecycle import GrantStatus as GrantStatus, RequestStatus as RequestStatus
    from .mis_account import AccountStatus as AccountStatus, MisAccount as MisAccount
    from .people import (
        Match as Match,
        MatchedPeople as MatchedPeople,
        PeopleList as PeopleList,
    )
    from .presentation import (
        DecisionKind as DecisionKind,
        Mark as Mark,
        Presentation as Presentation,
        PresentedField as PresentedField,
        PresentedGrant as PresentedGrant,
        PresentedJoint as PresentedJoint,
        PresentedScope as PresentedScope,
    )
    from .request import AccessRequest as AccessRequest, Terms as Terms
    from .state import (
        Consent as Consent,
        GrantRevision as GrantRevision,
        Published as Published,
        SchoolState as SchoolState,
        Stop as Stop,
    )
    from .subjects import Coverage as Coverage, Subjects as Subjects
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "advice": "Advice AdviceCode advise",
            "codec": "event_from_json event_to_json from_json to_json",
            "connection": "Connection Issuer",
            "decision": "NO_END Actor Choice Decision NoEnd Proposal TwoPersonRule",
            "disclosures": "Recording Usage fold_disclosures fold_usages",
            "events": (
                "Amended Authorised Cancelled Closed Connected Declined Disclosed "
                "Disconnected Dropped Event Expired Invalidated Lapsed Paused "
                "PeopleChecked PermissionsChanged Presented ProposalDropped "
                "Proposed Relinquished RequestCancelled RequestPublished Resumed "
                "Revoked Succeeded TwoPersonRuleSet"
            ),
            "fold": "fold_requests fold_school",
            "grant": "Grant Pin PinnedRows",
            "lifecycle": "GrantStatus RequestStatus",
            "mis_account": "AccountStatus MisAccount",
            "people": "Match MatchedPeople PeopleList",
            "presentation": (
                "DecisionKind Mark Presentation PresentedField PresentedGrant "
                "PresentedJoint PresentedScope"
            ),
            "request": "AccessRequest Terms",
            "state": "Consent GrantRevision Published SchoolState Stop",
            "subjects": "Coverage Subjects",
        },
    )
