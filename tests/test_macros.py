"""The macros of templates/_macros.html, each by what a person reads or an assistive tool is told."""

from pathlib import Path

import pytest
from flask import Flask, render_template_string
from wtforms import BooleanField, FieldList, Form, RadioField, SelectField, StringField, validators
from wtforms.fields.choices import SelectChoice

from market.app.chrome import icons, this_page
from market.catalog.models import ProductState
from market.core import formats
from market.core.paging import Page

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def page():
    """An empty application with the real templates; call it to render a piece of one."""
    app = Flask("macros", template_folder=str(ROOT / "templates"), static_folder=None)
    app.add_url_rule("/static/<path:filename>", "static", lambda filename: filename)
    app.add_url_rule("/units/<code>", "unit", lambda code: code)
    formats.register(app)
    app.jinja_env.globals.update(this_page=this_page, icons=icons)

    def render(piece: str, at: str = "/units/a", **context: object) -> str:
        with app.test_request_context(at):
            return render_template_string(
                '{% import "_macros.html" as ui %}' + piece, **context
            ).strip()

    return render


class Application(Form):
    """A form with a field of every kind that the macro lays out differently."""

    name = StringField("名称", [validators.InputRequired("请填写名称。")], description="全称")
    kind = SelectField("类型", choices=[SelectChoice("a", "甲"), SelectChoice("b", "乙")])
    canteen = RadioField("食堂", choices=[SelectChoice("own", "自有"), SelectChoice("none", "无")])
    agreed = BooleanField("已核对", [validators.InputRequired("请先核对。")])
    lines = FieldList(StringField("行", [validators.Length(max=1, message="太长。")]))


def wrong() -> Application:
    form = Application(data={"name": "", "kind": "a", "lines": ["长长的"]})
    form.validate()
    form.form_errors.append("今年已有一份在审。")
    return form


def test_a_field_tells_its_label_help_and_error(page):
    html = page("{{ ui.field(f.name, unit='个', rows=2) }}", f=wrong())
    assert '<label class="form-label required" for="name">名称</label>' in html
    assert 'aria-describedby="name-help name-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="name-help">全称<' in html
    assert "请填写名称。" in html
    assert '<span class="input-group-text">个</span>' in html


def test_a_right_field_is_not_marked_wrong(page):
    html = page("{{ ui.field(f.kind) }}", f=wrong())
    assert "aria-invalid" not in html
    assert 'class="form-select' in html


def test_choices_stand_in_a_fieldset_with_its_legend(page):
    html = page("{{ ui.field(f.canteen) }}", f=wrong())
    assert "<legend>食堂</legend>" in html
    assert html.count('type="radio"') == 2


def test_a_check_box_keeps_its_label_and_error(page):
    html = page("{{ ui.field(f.agreed) }}", f=wrong())
    assert 'class="form-check-input is-invalid"' in html
    assert "请先核对。" in html


def test_the_errors_above_a_form_lead_to_their_fields(page):
    html = page("{{ ui.form_errors(f) }}", f=wrong())
    assert "今年已有一份在审。" in html
    assert '<a href="#name">名称</a>：请填写名称。' in html
    assert "请看标出的行" in html


def test_a_form_without_errors_says_nothing(page):
    assert page("{{ ui.form_errors(f) }}", f=Application()) == ""


@pytest.mark.parametrize(
    ("done", "target", "time", "says"),
    [
        (99_999, 100_000, 1000, "完成 99.9%，序时进度 100.0%，落后"),
        (100_000, 100_000, 1000, "完成 100.0%，序时进度 100.0%，未落后"),
        (120_000, 100_000, None, "完成 120.0%"),
    ],
)
def test_completion_is_floored_and_says_whether_it_is_behind(page, done, target, time, says):
    html = page("{{ ui.completion(d, t, m) }}", d=done, t=target, m=time)
    assert f'aria-label="{says}"' in html


def test_completion_stays_inside_its_bar(page):
    html = page("{{ ui.completion(300, 100) }}{{ ui.completion(-5, 100) }}")
    assert 'class="done" y="2" width="1000"' in html
    assert 'class="done" y="2" width="0"' in html


def test_completion_without_a_target_says_so(page):
    assert "无任务" in page("{{ ui.completion(300, 0) }}")


def test_a_badge_has_the_word_and_the_tone_of_its_state(page):
    html = page("{{ ui.badge(s) }}", s=ProductState.SUBMITTED)
    assert html == '<span class="mark mark-waiting">待审核</span>'


def test_here_changes_the_query_and_keeps_the_rest(page):
    html = page("{{ ui.here(page=2, sort=None) }}", "/units/a?sort=rate&kind=x&kind=y&page=7")
    assert html == "/units/a?kind=x&amp;kind=y&amp;page=2"


def test_a_pager_links_to_its_neighbours_and_ends(page):
    html = page("{{ ui.pager(p) }}", p=Page([], 5, 10, 93))
    assert 'aria-current="page">5<' in html
    assert [n for n in range(1, 11) if f'aria-label="第 {n} 页"' in html] == [1, 4, 6, 10]


def test_a_list_of_one_page_has_no_links(page):
    html = page("{{ ui.pager(p) }}", p=Page([], 1, 24, 3))
    assert "href" not in html


def test_a_column_that_sorts_turns_round(page):
    piece = "{{ ui.sort_header('完成率', 'rate', 'rate', 'desc') }}"
    html = page(piece, "/units/a?sort=rate&direction=desc&page=3")
    assert 'aria-sort="descending"' in html
    assert 'href="/units/a?sort=rate&amp;direction=asc"' in html


def test_chart_data_cannot_leave_its_attribute(page):
    html = page("{{ ui.chart(d, '图') }}", d={"categories": ["'><script>"]})
    assert "<script" not in html
    assert html.count("'") == 2


def test_money_is_a_dash_where_there_is_none(page):
    assert page("{{ ui.money(none) }}") == "—"
    assert "¥1,234.50" in page("{{ ui.money(123450) }}")
