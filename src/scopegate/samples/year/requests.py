"""What the six made-up apps of the made-up year ask for, and which of it they use."""

from collections.abc import Mapping

from ...consent.request import AccessRequest, Terms

GRADEBOOK = "gradebook"
EVENING = "parents-evening"
LIBRARY = "library-desk"
TILL = "lunch-till"
STEPS = "next-steps"
PLANNER = "lesson-planner"
APPS = (GRADEBOOK, EVENING, LIBRARY, TILL, STEPS, PLANNER)

_PUBLIC_TASK = "public task, UK GDPR Art. 6(1)(e)"

MARKS = AccessRequest(
    app=GRADEBOOK,
    purpose="Record marks, and share them with pupils and their families.",
    required={"students.basic", "teaching_groups"},
    optional={
        "assessments.internal",
        "contacts.emails",
        "students.dob",
        "students.sen_provision",
    },
    reasons={
        "students.basic": "To list each class by name.",
        "teaching_groups": "To set mark sheets up for the classes that teachers have.",
        "assessments.internal": "To show earlier results next to the new ones.",
        "contacts.emails": "To send families the report at the end of term.",
        "students.dob": "To congratulate pupils on their birthday.",
        "students.sen_provision": "To let teachers plan extra time for tests.",
    },
    terms=Terms(
        retention="until the pupil leaves, and no longer than a year after that",
        lawful_basis=_PUBLIC_TASK,
        contact="privacy@gradebook.example",
    ),
)

BOOKING = AccessRequest(
    app=EVENING,
    purpose="Let families book appointments with teachers for parents' evenings.",
    required={
        "students.basic",
        "contacts.emails",
        "staff_members.basic",
        "teaching_groups",
    },
    optional={
        "contacts.telephone_numbers",
        "contacts.parental_responsibility",
        "students.siblings",
    },
    reasons={
        "students.basic": "To show families for which child they book.",
        "contacts.emails": "To invite families, and to confirm what they booked.",
        "staff_members.basic": "To show families the names of the teachers.",
        "teaching_groups": "To offer each family the teachers of their child.",
        "contacts.telephone_numbers": "To send a text message an hour before.",
        "contacts.parental_responsibility": "To invite those who have it and no others.",
        "students.siblings": "To offer appointments one after another.",
    },
    terms=Terms(
        retention="four weeks after each parents' evening",
        lawful_basis=_PUBLIC_TASK,
        contact="dpo@parents-evening.example",
    ),
)

LENDING = AccessRequest(
    app=LIBRARY,
    purpose="Lend books, and remind borrowers when they are due.",
    required={"students.basic", "registration_groups"},
    optional={"students.emails", "students.photo"},
    reasons={
        "students.basic": "To know who borrows a book.",
        "registration_groups": "To hand reminders out by form group.",
        "students.emails": "To remind pupils two days before a book is due.",
        "students.photo": "To see at the desk that a card belongs to who holds it.",
    },
    terms=Terms(
        retention="until the last book is back, and no longer than three months",
        lawful_basis=_PUBLIC_TASK,
        contact="data@library-desk.example",
    ),
)

LENDING_TO_STAFF = AccessRequest(
    app=LIBRARY,
    purpose="Lend books to pupils and staff, and remind borrowers when they are due.",
    required={"students.basic", "registration_groups", "staff_members.basic"},
    optional={"students.emails", "students.photo", "contacts.emails"},
    reasons={
        **LENDING.reasons,
        "staff_members.basic": "To lend books to teachers as well.",
        "contacts.emails": "To write to families about books that are long overdue.",
    },
    terms=LENDING.terms,
)

MEALS = AccessRequest(
    app=TILL,
    purpose="Take payment for school meals without cash, and serve safe ones.",
    required={"students.basic", "registration_groups"},
    optional={
        "contacts.emails",
        "students.fsm",
        "students.medical.dietary_needs",
        "students.photo",
    },
    reasons={
        "students.basic": "To keep an account for each pupil.",
        "registration_groups": "To call forms to lunch in turn.",
        "contacts.emails": "To let families top an account up.",
        "students.fsm": "To charge nothing for a meal that is free.",
        "students.medical.dietary_needs": "To warn the kitchen before a meal is served.",
        "students.photo": "To see at the till whose account it is.",
    },
    terms=Terms(
        retention="until the account is closed, and six years for payments",
        lawful_basis=f"{_PUBLIC_TASK}; for health data Art. 9(2)(g)",
        contact="privacy@lunch-till.example",
    ),
)

CAREERS = AccessRequest(
    app=STEPS,
    purpose="Help pupils to choose courses and to plan what they do after school.",
    required={"students.emails"},
    optional={
        "assessments.examinations",
        "students.dob",
        "students.sen_provision",
        "students.uln",
    },
    reasons={
        "students.emails": "To let pupils sign in, and to greet them by name.",
        "assessments.examinations": "To show which courses a pupil's grades open.",
        "students.dob": "To leave out apprenticeships that a pupil is too young for.",
        "students.sen_provision": "To offer an adviser who knows what helps.",
        "students.uln": "To fill application forms in.",
    },
    terms=Terms(
        retention="until a year after the pupil leaves",
        lawful_basis=_PUBLIC_TASK,
        contact="hello@next-steps.example",
    ),
)

TIMETABLE = AccessRequest(
    app=PLANNER,
    purpose="Show staff their lessons and let them plan what they teach.",
    required={"timetables", "teaching_groups", "staff_members.basic"},
    optional={"staff_members.emails", "calendar"},
    reasons={
        "timetables": "To show each teacher the lessons of the week.",
        "teaching_groups": "To keep one plan for each class.",
        "staff_members.basic": "To know whose lessons they are.",
        "staff_members.emails": "To let staff sign in.",
        "calendar": "To show training days next to the lessons.",
    },
    terms=Terms(
        retention="to the end of the school year",
        lawful_basis=_PUBLIC_TASK,
        contact="support@lesson-planner.example",
    ),
)

USED: Mapping[str, tuple[str, ...]] = {
    GRADEBOOK: ("students.basic", "teaching_groups", "contacts.emails"),
    EVENING: (
        "students.basic",
        "contacts.basic",
        "contacts.emails",
        "contacts.telephone_numbers",
        "staff_members.basic",
    ),
    LIBRARY: (
        "students.basic",
        "registration_groups",
        "students.emails",
        "staff_members.basic",
    ),
    TILL: ("students.basic", "students.fsm", "students.medical.dietary_needs"),
    STEPS: ("students.basic", "students.emails", "assessments.examinations"),
    PLANNER: ("timetables", "staff_members.basic"),
}
"""The scopes whose fields each app truly reads; what else it was given lies unread."""
