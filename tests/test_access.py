"""The table of who may call what is what the views declare, and an inspector reads every record."""

from market.core.access import Role
from tests.access_table import PATH, table

# What an inspector need not open: what is somebody's own, and forms that only write.
THEIR_OWN = {
    "/cart",
    "/checkout",
    "/fairs/purchases",
    "/my-money",
    "/my-money.xlsx",
    "/my-unit",
}
FORMS = {
    "/account/people/import",
    "/account/people/import/template.xlsx",
    "/account/people/new",
    "/consignments/<number>/acceptance",
    "/consignments/<number>/acceptance/sign",
    "/consignments/<number>/claims/<int:position>",
    "/desk/goods/<code>/certificates",
    "/desk/goods/<code>/edit",
    "/desk/goods/<code>/picture",
    "/desk/goods/<code>/skus/new",
    "/desk/goods/new",
    "/desk/skus/<code>/edit",
    "/desk/suppliers/new",
    "/fairs/<number>/edit",
    "/fairs/<number>/intentions/new",
    "/fairs/<number>/till",
    "/fairs/new",
    "/funds/documents/<number>/edit",
    "/funds/documents/new/<kind>",
    "/funds/marketing/new",
    "/outside/<number>/edit",
    "/outside/import",
    "/outside/import/template.xlsx",
    "/outside/new",
    "/payments/bank-files/new",
    "/payments/bank-formats/edit",
    "/payments/bank-formats/new",
    "/plan/indicators/<code>/new",
    "/plan/pairs/<int:year>/<int:position>",
    "/plan/projects/<int(max=99):number>/dates",
    "/plan/projects/<int(max=99):number>/milestones/<int(max=999):place>",
    "/plan/projects/<int(max=99):number>/milestones/new",
    "/plan/projects/<int(max=99):number>/assessments/<int(min=2020,max=2100):year>/edit",
    "/plan/projects/<int(max=99):number>/reports/<month>/edit",
    "/plan/projects/<int(max=99):number>/reports/new",
    "/plan/records/<number>/edit",
    "/plan/records/import",
    "/plan/records/template.xlsx",
    "/refunds/new",
    "/reserves/<int:year>/<code>/file",
    "/reports/bulletins/<ref>/edit",
    "/reports/rules/<kind>",
    "/targets/<code>/<int:year>",
    "/targets/import",
    "/targets/runs/<number>/edit",
    "/targets/runs/new",
    "/targets/new",
    "/targets/template.xlsx",
    "/units/<code>/change/<any(merge, split, close):deed>",
    "/units/<code>/edit",
    "/units/<code>/settlement",
    "/units/import",
    "/units/import/template.xlsx",
    "/units/new",
}


def test_the_printed_table_is_true(app):
    assert PATH.read_text("utf-8") == table(app), "run: python -m tests.access_table"


def test_an_inspector_may_open_every_page_that_is_a_record(app):
    closed = set()
    for rule in app.url_map.iter_rules():
        roles = getattr(app.view_functions[rule.endpoint], "roles", None)
        if "GET" in rule.methods and roles is not None and Role.INSPECTOR not in roles:
            closed.add(rule.rule)
    assert closed == THEIR_OWN | FORMS
