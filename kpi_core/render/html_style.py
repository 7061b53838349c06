"""The style of the HTML report: one sheet, both colour schemes, paper, and narrow screens. Nothing is loaded from anywhere."""

from __future__ import annotations

# Text colours are held to a contrast of 4.5 on their grounds by a test.
LIGHT = {
    "ground": "#ffffff", "card": "#f6f8fa", "text": "#1f2328", "muted": "#57606a", "line": "#d8dee4", "accent": "#0756ad", "good": "#136c2e", "warn": "#7d5200",
    "bad": "#b3202a", "target": "#7a5a00", "soft": "#9db9d9",
}  # fmt: skip
DARK = {
    "ground": "#14171c", "card": "#1c2128", "text": "#d7dae0", "muted": "#949ca7", "line": "#343b46", "accent": "#6cb6ff", "good": "#6cc070", "warn": "#dab23d",
    "bad": "#f6807a", "target": "#e0b84f", "soft": "#3d5a80",
}  # fmt: skip
TEXTS = ("text", "muted", "accent", "good", "warn", "bad", "target")


def _colours(found: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in found.items())


def style() -> str:
    """The style sheet."""
    return (
        f":root{{color-scheme:light dark;{_colours(LIGHT)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{_colours(DARK)}}}}}" + _SHEET + f"@media print{{:root{{color-scheme:light;{_colours(LIGHT)}}}{_PRINT}}}"
    )


_SHEET = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.page{max-width:1120px;margin:0 auto;padding:28px 24px 40px}
header{border-bottom:1px solid var(--line);padding-bottom:16px;margin-bottom:24px}
.place{margin:0;color:var(--muted);font-size:13px}
h1{margin:2px 0 4px;font-size:26px;line-height:1.25;font-weight:650;overflow-wrap:anywhere}
.crumb{margin:0 0 12px;color:var(--muted);overflow-wrap:anywhere}
.crumb b{color:var(--text);font-weight:600}
dl.facts{display:flex;flex-wrap:wrap;gap:8px 32px;margin:0}
dl.facts div{min-width:0}
dt{color:var(--muted);font-size:12px}
dd{margin:0;overflow-wrap:anywhere}
ul.counts{display:flex;flex-wrap:wrap;gap:8px;list-style:none;margin:16px 0 0;padding:0}
ul.counts li{border:1px solid var(--line);border-radius:999px;padding:2px 12px;font-size:13px;background:var(--card)}
section{margin:0 0 32px}
h2{font-size:17px;line-height:1.3;font-weight:650;margin:0 0 10px}
p.note,p.legend{color:var(--muted);font-size:13px;margin:8px 0 0}
p.cause{margin:10px 0 0}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:12px}
.card{border:1px solid var(--line);border-left:3px solid var(--bad);border-radius:6px;padding:12px 14px;background:var(--card);break-inside:avoid}
.card h3{margin:0;font-size:15px;font-weight:600;overflow-wrap:anywhere}
.card .now{margin:2px 0 6px;font-variant-numeric:tabular-nums}
.card .now b{font-size:19px;font-weight:650;margin-right:6px}
.card p{margin:4px 0 0;font-size:14px;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);font-size:13px;padding:0 0 6px}
th,td{padding:5px 10px;text-align:left;vertical-align:middle;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{padding-left:2px}
th:last-child,td:last-child{padding-right:2px}
thead th{font-size:12px;font-weight:600;color:var(--muted);white-space:nowrap;vertical-align:bottom}
tbody th{font-weight:400;min-width:9em;overflow-wrap:anywhere}
.num{text-align:right;white-space:nowrap}
.text{overflow-wrap:anywhere}
tr.section th{padding-top:18px;font-weight:650;border-bottom:1px solid var(--muted)}
tr.total th,tr.total td{font-weight:650;border-top:1px solid var(--muted)}
tr.words td{color:var(--muted);white-space:pre-wrap}
.status{white-space:nowrap;font-size:13px}
.glyph{display:inline-block;min-width:1.1em;font-weight:700}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.muted{color:var(--muted)}.accent{color:var(--accent)}.target-text{color:var(--target)}
td.pic{min-width:112px}
svg{display:block;width:100%;height:auto;overflow:visible}
svg.spark{width:108px;height:24px}
svg.bullet{width:160px;height:16px}
svg.narrow{display:none}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:var(--text)}
svg text.tick{fill:var(--muted);font-variant-numeric:tabular-nums}
svg path{fill:none}
svg path.grid{stroke:var(--line);stroke-width:1}
svg path.actual{stroke:var(--accent);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
svg.spark path.actual{stroke-width:1.6}
svg path.target{stroke:var(--target);stroke-width:1.5;stroke-dasharray:5 4}
svg.spark path.target{stroke-width:1;stroke-dasharray:3 3}
svg path.compare{stroke:var(--muted);stroke-width:1.3;stroke-dasharray:1.5 3.5;stroke-linecap:round}
svg path.range{fill:var(--soft);opacity:.45}
svg path.ahead{stroke:var(--accent);stroke-width:1.5;stroke-dasharray:3 3}
svg circle.dot{fill:var(--accent)}svg circle.bad{fill:var(--bad)}
svg circle.hollow{fill:var(--ground);stroke:var(--accent);stroke-width:2}svg circle.bad.hollow{stroke:var(--bad)}
svg rect.plain,svg rect.part{fill:var(--accent)}svg rect.part{opacity:.55}
svg rect.good{fill:var(--good)}svg rect.warn{fill:var(--warn)}svg rect.bad{fill:var(--bad)}svg rect.muted{fill:var(--muted)}svg rect.mark{fill:var(--target)}
.h0{background:color-mix(in srgb,var(--accent) 4%,var(--ground))}.h1{background:color-mix(in srgb,var(--accent) 11%,var(--ground))}
.h2{background:color-mix(in srgb,var(--accent) 19%,var(--ground))}.h3{background:color-mix(in srgb,var(--accent) 28%,var(--ground))}
.h4{background:color-mix(in srgb,var(--accent) 38%,var(--ground))}td abbr{text-decoration:none;font-weight:700}
table.many{font-size:12px}table.many th,table.many td{padding:3px 5px}
.key{display:inline-block;width:22px;height:0;border-top:2px solid var(--accent);vertical-align:middle;margin:0 6px 0 14px}
.key:first-child{margin-left:0}.key.target{border-top:2px dashed var(--target)}.key.compare{border-top:2px dotted var(--muted)}
pre{font:12px/1.35 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-x:auto;margin:0}
footer{border-top:1px solid var(--line);padding-top:12px;color:var(--muted);font-size:12px}
footer code{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
@media (max-width:640px){
.page{padding:16px 14px 28px}h1{font-size:21px}table{font-size:13.5px}th,td{padding:5px 5px}tbody th{min-width:7em}.status{font-size:12px}
.c-owner,.c-spark,.c-bar,.c-due,.c-since,.c-contribution,.c-part,.c-delta,.c-loaded,.c-read,.c-used{display:none}svg.wide{display:none}svg.narrow{display:block}
}
"""
_PRINT = """
@page{size:A4 landscape;margin:12mm}
body{font-size:11px}.page{max-width:none;padding:0}h1{font-size:19px}h2{font-size:14px;break-after:avoid}header{margin-bottom:12px;padding-bottom:8px}
.card{padding:6px 10px}.card h3{font-size:12px}.card p{font-size:10.5px}.card .now b{font-size:14px}caption,p.note,p.legend,ul.counts li{font-size:10.5px}
section{margin-bottom:16px}.scroll{overflow:visible}thead{display:table-header-group}tr,.card,svg{break-inside:avoid}
tr.section{break-after:avoid}th,td{padding:2px 8px}tr.section th{padding-top:8px}dt,thead th,.status{font-size:10px}table.many,table.many th{font-size:6.5px}
table.many th,table.many td{padding:1px 2px}
svg.narrow{display:none}svg.wide{display:block;max-width:230mm}.c-owner,.c-spark,.c-bar,.c-due,.c-since,.c-contribution,.c-part,.c-delta,.c-loaded,.c-read,.c-used{display:table-cell}svg,.key,.card,.h0,.h1,.h2,.h3,.h4{print-color-adjust:exact;-webkit-print-color-adjust:exact}
"""
