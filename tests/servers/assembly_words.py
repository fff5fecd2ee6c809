"""The Assembly Platform's names: endpoints, scopes, flags.

From docs/Api/AssemblyApi.md of github:assembly-edu/assembly-client-php and the
README of github:assembly-edu/assembly-client-java (API 1.1). Which scope a field
needs is mostly our reading of their names.
"""

from collections.abc import Mapping

RESULTS = ("assessments.examinations", "assessments.internal", "assessments.national")
ENDPOINTS: Mapping[str, tuple[str, ...]] = {
    "academic_years": ("school",),
    "assessment_points": RESULTS,
    "assessments": RESULTS,
    "attendances": ("attendances",),
    "attendances/summaries": ("attendances.summaries",),
    "calendar_events": ("calendar",),
    "closures": ("timetables",),
    "contacts": ("contacts.basic",),
    "exclusions": ("exclusions",),
    "facets": RESULTS,
    "grade_sets": RESULTS,
    "groups": ("groups",),
    "groups/enrolments": ("groups",),
    "lessons": ("timetables",),
    "mis_subjects": ("school",),
    "registration_groups": ("registration_groups",),
    "results": RESULTS,
    "rooms": ("timetables",),
    "school": ("school",),
    "school/dietary_needs": ("students.medical.dietary_needs",),
    "school/learning_aims": ("learning_aims",),
    "school/medical_conditions": ("students.medical.conditions",),
    "school/status": ("school",),
    "staff_absences": ("staff_members.absences",),
    "staff_contracts": ("staff_members.contracts",),
    "staff_members": ("staff_members.basic",),
    "staff_members/left": ("staff_members.basic",),
    "students": ("students.basic",),
    "students/left": ("students.basic",),
    "subjects": ("school",),
    "teaching_groups": ("teaching_groups",),
    "timetables": ("timetables",),
    "year_groups": ("school",),
}
"""Every list, and the scopes of which one must be held."""

SINGULAR = {name[:-1]: name for name in ENDPOINTS if "/" not in name} | {
    "school": "school",
    "attendance_summary": "attendances/summaries",
    "dietary_need": "school/dietary_needs",
    "enrolment": "groups/enrolments",
    "learning_aim": "school/learning_aims",
    "medical_condition": "school/medical_conditions",
    "school_status": "school/status",
}
OBJECTS = {"school", "school/status"}
SINGLES = {
    *("academic_years", "assessment_points", "assessments", "facets", "grade_sets"),
    *("groups", "registration_groups", "rooms", "school/dietary_needs"),
    *("school/learning_aims", "school/medical_conditions", "staff_members"),
    *("students", "teaching_groups", "timetables", "year_groups"),
}
"""Lists whose records can be asked for one by one: contacts, for one, cannot."""

GROUPS = ("groups", "registration_groups", "teaching_groups", "year_groups")
CONDITIONAL = {
    *("attendances", "attendances/summaries", "calendar_events", "closures"),
    *("groups", "groups/enrolments", "lessons", "registration_groups", "results"),
    *("rooms", "staff_members", "staff_members/left", "students", "students/left"),
    *("teaching_groups", "timetables", "year_groups"),
}
"""Lists that take If-Modified-Since. No other does."""

FLAGS: Mapping[str, Mapping[str, str]] = {
    "students": {
        "address": "addresses",
        "contacts": "contacts",
        "demographics": "demographics",
        "demographics.ever_in_care": "ever_in_care",
        "demographics.in_care": "care",
        "demographics.sen_needs": "sen_needs",
        "emails": "emails",
        "languages": "languages",
        "medical": "medical",
        "photo": "photo",
    },
    "contacts": {"address": "addresses"},
    "staff_members": {
        "address": "addresses",
        "demographics": "demographics",
        "qualification_info": "qualifications",
    },
    "staff_contracts": {
        "allowances": "allowances",
        "roles": "roles",
        "salaries": "salaries",
    },
}
"""For each list the parts of a record that come only with a flag in the query."""

PAY = (
    *("id", "pay_range", "start_date", "end_date", "pay_scale_framework"),
    *("regional_spine", "base_pay", "actual_pay", "safeguarded_salary"),
)
SCOPES: Mapping[str, Mapping[str, str]] = {
    "students": {
        "address": "students.addresses",
        "contacts": "contacts.basic",
        "contacts.relationship.parental_responsibility": (
            "contacts.parental_responsibility"
        ),
        "contacts.relationship.priority": "contacts.priority",
        "demographics.country_of_birth": "students.country_of_birth",
        "demographics.ethnicity_code": "students.ethnicity",
        "demographics.ethnicity_group": "students.ethnicity",
        "demographics.ever_in_care": "students.ever_in_care",
        "demographics.fsm_history": "students.fsm_history",
        "demographics.fsm_review_date": "students.fsm_review_dates",
        "demographics.gender": "students.gender",
        "demographics.in_care": "students.care",
        "demographics.is_eal": "students.eal",
        "demographics.is_fsm": "students.fsm",
        "demographics.is_fsm6": "students.fsm",
        "demographics.is_pp": "students.pp",
        "demographics.nationalities": "students.nationality",
        "demographics.pp_history": "students.pp_history",
        "demographics.sen_category": "students.sen_provision",
        "demographics.sen_category_history": "students.sen_provision_history",
        "demographics.sen_needs": "students.sen_needs",
        "demographics.service_child": "students.service_child",
        "dob": "students.dob",
        "emails": "students.emails",
        "end_date": "students.dates",
        "enrolment_status": "students.enrolment_status",
        "former_last_name": "students.former_names",
        "former_upn": "students.former_upn",
        "languages.first_language_code": "students.first_language",
        "languages.first_language_name": "students.first_language",
        "languages.home_language_code": "students.home_language",
        "languages.home_language_name": "students.home_language",
        "languages.proficiency_in_english_code": "students.proficiency_in_eng",
        "languages.proficiency_in_english_name": "students.proficiency_in_eng",
        "learning_aims": "learning_aims",
        "legal_first_name": "students.legal_names",
        "legal_last_name": "students.legal_names",
        "medical.conditions": "students.medical.conditions",
        "medical.conditions.notes": "students.medical.notes",
        "medical.dietary_needs": "students.medical.dietary_needs",
        "medical.has_emergency_consent": "students.medical.emergency_consent",
        "medical.is_pregnant": "students.medical.pregnancy",
        "medical.nhs_number": "students.medical.nhs_number",
        "medical.notes": "students.medical.notes",
        "middle_name": "students.middle_names",
        "mis_id": "students.mis_id",
        "pan": "students.pan",
        "photo": "students.photo",
        "start_date": "students.dates",
        "uln": "students.uln",
        "upn": "students.upn",
    },
    "contacts": {
        "address": "contacts.addresses",
        "emails": "contacts.emails",
        "gender": "contacts.gender",
        "middle_name": "contacts.middle_names",
        "mis_id": "contacts.mis_id",
        "students.relationship.parental_responsibility": (
            "contacts.parental_responsibility"
        ),
        "students.relationship.priority": "contacts.priority",
        "telephone_numbers": "contacts.telephone_numbers",
    },
    "staff_members": {
        "address": "staff_members.addresses",
        "demographics.disability": "staff_members.disability",
        "demographics.disability_cdoe": "staff_members.disability",
        "demographics.ethnicity_code": "staff_members.ethnicity",
        "demographics.ethnicity_group": "staff_members.ethnicity",
        "demographics.gender": "staff_members.gender",
        "dob": "staff_members.dob",
        "email": "staff_members.emails",
        "emails": "staff_members.emails",
        "end_date": "staff_members.dates",
        "former_last_name": "staff_members.former_names",
        "included_in_census": "staff_members.included_in_census",
        "is_teaching_staff": "staff_members.teaching_status",
        "legal_first_name": "staff_members.legal_names",
        "legal_last_name": "staff_members.legal_names",
        "middle_name": "staff_members.middle_names",
        "mis_id": "staff_members.mis_id",
        "qualification_info": "staff_members.qualifications",
        "start_date": "staff_members.dates",
        "telephone_numbers": "staff_members.telephone_numbers",
    },
    "staff_contracts": {
        "allowances": "staff_members.salaries",
        **{f"salaries.{name}": "staff_members.salaries" for name in PAY},
    },
    "academic_years": {"terms": "calendar"},
    "attendances": {"group_id": "groups"},
}
"""For each list the fields that need a scope besides that of the endpoint."""

FILTERS: Mapping[str, str] = {
    "academic_year_id": "academic_year_id",
    "group_id": "group_id",
    "groups": "group_id",
    "registration_group_id": "registration_group_id",
    "staff_member_id": "staff_member_id",
    "student_id": "student_id",
    "type": "type",
    "year_code": "year_code",
}
"""What narrows a list, and the field it goes by."""

PEOPLE: Mapping[str, Mapping[str, str]] = {
    "results": {"students": "student_id"},
    "students": {"students": "id"},
}
"""The same for two lists that can be narrowed to some students."""

ALL = frozenset(
    scope
    for held in (*ENDPOINTS.values(), *(table.values() for table in SCOPES.values()))
    for scope in held
)
"""Every scope that anything here needs."""
