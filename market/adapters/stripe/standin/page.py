"""The page of the stand-in on which a buyer of the demonstration pays."""

LOOKS = """<style>
body { margin: 0; background: #f3f5f4; color: #1b2420; font: 16px/1.6 "PingFang SC", "Microsoft YaHei",
  "Noto Sans CJK SC", sans-serif; }
main { max-width: 26rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
.mark { background: #7a2d12; color: #fff; padding: .5rem 1rem; text-align: center; font-weight: 600; }
.card { background: #fff; border: 1px solid #d5dcd8; border-radius: .75rem; padding: 1.25rem; }
h1 { font-size: 1.1rem; margin: 0 0 .5rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.sum { font-size: 2.25rem; font-weight: 700; margin: 0; }
.problem { background: #fdecea; color: #8a1c12; border-radius: .5rem; padding: .75rem 1rem; }
button { display: block; width: 100%; min-height: 2.75rem; margin: .5rem 0; border: 1px solid #1f6b4a;
  border-radius: .5rem; background: #1f6b4a; color: #fff; font: inherit; cursor: pointer; }
button.plain { background: #fff; color: #1b2420; border-color: #8b9891; }
button:focus-visible { outline: 3px solid #e0a100; outline-offset: 2px; }
.card h2:first-child { margin-top: 0; }
.card + .card { margin-top: 1rem; }
label { display: block; }
input { font: inherit; width: 9rem; padding: .25rem .5rem; }
.hint { overflow-wrap: anywhere; color: #4c5a53; font-size: .9rem; }
</style>"""

PAGE = (
    """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>演示支付</title>
"""
    + LOOKS
    + """
</head>
<body>
<div class="mark">演示支付 · 不会真的扣款</div>
<main>
<div class="card">
<h1>{{ name }}</h1>
<p class="sum">¥{{ "%d.%02d"|format(session.amount_total // 100, session.amount_total % 100) }}</p>
<p class="hint">这一页代替真正的收银台，只用于演示；正式环境由支付机构提供。</p>
{% if problem %}<p class="problem" role="alert">{{ problem }}</p>{% endif %}
<form method="post">
{% if session.status == "open" %}
<h2>选择付款方式</h2>
{% for value, label in methods.items() if value in session.payment_method_types %}
<button name="outcome" value="{{ value }}">{{ label }}</button>
{% endfor %}
<h2>试一试别的结果</h2>
<button class="plain" name="outcome" value="declined">付款被拒绝</button>
<button class="plain" name="outcome" value="later">稍后才到账（约 6 秒）</button>
<button class="plain" name="outcome" value="late_failure">稍后才失败（约 6 秒）</button>
{% endif %}
<h2>不付款</h2>
<button class="plain" name="outcome" value="leave">返回商城</button>
</form>
<p class="hint"><a href="/">演示支付后台</a>：在后台退款、提出争议</p>
</div>
</main>
</body>
</html>
"""
)
