/// How pages look: light and dark, narrow and wide, and on paper.
enum BoardStyle {
    /// The one style sheet.
    static let text = """
        :root{color-scheme:light dark;--back:#fff;--ink:#1c2126;--faint:#596370;--line:#d5dae0;--soft:#f4f6f8;--link:#0b57a8;\
        --curve:#0b6bcb;--judged:#b5400a;--badge:#e4e7ec;--good:#d3efda;--bad:#f8d6d3;--busy:#d5e6fa;--wait:#fdf0c8}
        @media(prefers-color-scheme:dark){:root{--back:#14181c;--ink:#e6eaee;--faint:#9ba6b1;--line:#39424b;--soft:#1c2228;\
        --link:#7db8f5;--curve:#6db3f8;--judged:#f59b62;--badge:#39424b;--good:#1d4f2e;--bad:#6b2721;--busy:#1c4470;--wait:#5a4913}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:92em;padding:1.2em 1.4em 3em;background:var(--back);color:var(--ink);\
        font:15px/1.5 system-ui,sans-serif}
        a{color:var(--link)}a:focus-visible,button:focus-visible,input:focus-visible,pre:focus-visible{outline:2px solid var(--link);\
        outline-offset:2px}
        h1{font-size:1.45em;line-height:1.25;margin:.2em 0;overflow-wrap:anywhere}h1 code{font-size:.95em}
        h2{font-size:1.1em;margin:1.6em 0 .5em}h3{font-size:.95em;margin:1.2em 0 .3em;color:var(--faint);overflow-wrap:anywhere}
        header{display:flex;flex-wrap:wrap;gap:.4em 2em;align-items:baseline;justify-content:space-between}
        header p{margin:0;flex-basis:100%}
        form{display:flex;gap:.5em;align-items:baseline}
        input,button{font:inherit;color:inherit;background:var(--soft);border:1px solid var(--line);border-radius:.4em;\
        padding:.2em .6em;min-width:0}
        #q{width:17em}
        .sum,.none,.tags{color:var(--faint)}.sum{margin:.5em 0 1em}
        #word{position:sticky;top:.5em;z-index:1;margin:0 0 1em;padding:.4em .9em;border-radius:.4em;background:var(--wait);\
        border:1px solid var(--line)}
        table.runs{border-collapse:collapse;width:100%}
        .runs th,.runs td{padding:.4em .7em;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:400}
        .runs thead th{position:sticky;top:0;background:var(--back);white-space:nowrap}
        .runs thead a{color:var(--faint);text-decoration:none;font-weight:600}.runs thead a:hover{text-decoration:underline}
        .runs [aria-sort] a{color:var(--ink)}
        .runs [aria-sort=ascending] a::after{content:" ↑"}.runs [aria-sort=descending] a::after{content:" ↓"}
        .runs tbody th{overflow-wrap:anywhere;min-width:9em}.runs tbody tr:hover{background:var(--soft)}
        .runs .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .runs td{overflow-wrap:anywhere}.runs .subject{min-width:8em}.runs .updates{white-space:nowrap}
        progress{width:5em;height:.55em;vertical-align:middle;accent-color:var(--curve)}
        .badge,.tag{display:inline-block;max-width:100%;border-radius:.7em;padding:0 .6em;background:var(--badge);color:var(--ink);\
        font-size:.9em;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;vertical-align:bottom}
        .tag{background:none;border:1px solid var(--line)}
        .badge.certified{background:var(--good)}.badge.refused,.badge.unreadable{background:var(--bad)}\
        .badge.training{background:var(--busy)}.badge.interrupted{background:var(--wait)}
        .line{display:flex;flex-wrap:wrap;gap:.3em 1em;align-items:center}.line b{color:var(--ink)}.line progress{width:9em}
        .fault{display:block;color:var(--ink);background:var(--bad);border-radius:.3em;padding:.1em .5em;overflow-wrap:anywhere}
        .claims{padding:0;list-style:none}.claims li{margin:.3em 0;overflow-wrap:anywhere}
        pre{background:var(--soft);border-radius:.4em;padding:.8em 1em;overflow-x:auto;font-size:.88em;line-height:1.45}
        code{overflow-wrap:anywhere}
        .plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19em),1fr));gap:.7em 1.2em}
        figure{margin:0}figcaption{display:flex;gap:.8em;justify-content:space-between;font-size:.92em}
        figcaption b{font-weight:600;overflow-wrap:anywhere}
        figcaption span{color:var(--faint);font-variant-numeric:tabular-nums;white-space:nowrap}
        svg{display:block;width:100%;height:auto;touch-action:pan-y}
        svg text{fill:var(--faint);font-size:11px}svg .grid{stroke:var(--line)}
        svg .curve{fill:none;stroke:var(--curve);stroke-width:1.7;stroke-linejoin:round}svg .dot{fill:var(--curve)}
        .judged svg .curve{stroke:var(--judged)}.judged svg .dot{fill:var(--judged)}
        svg .limit{stroke:var(--ink);stroke-dasharray:5 3}svg .here{stroke:var(--faint)}
        dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26em),1fr));gap:.1em 1.5em;margin:0}
        dl div{display:flex;gap:.8em;border-bottom:1px solid var(--line);padding:.25em 0}
        dt{flex:0 0 6.5em;color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}
        @media(max-width:48em){body{padding:.8em .9em 2em}table.runs,.runs tbody,.runs tr,.runs tbody th{display:block}\
        .runs thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\
        .runs tr{border:1px solid var(--line);border-radius:.5em;padding:.5em .8em;margin-bottom:.7em}\
        .runs tbody th{border:0;padding:0 0 .3em;font-weight:600}\
        .runs td{display:flex;gap:.8em;align-items:baseline;border:0;padding:.05em 0;text-align:left!important}\
        .runs td progress{align-self:center;flex:0 1 5em}.runs .tag,.runs .badge{flex:0 1 auto}\
        .runs td::before{content:attr(data-head);flex:0 0 6em;color:var(--faint)}\
        form{flex:1 1 100%;min-width:0}#q{flex:1 1 6em;width:6em}}
        @media print{:root{color-scheme:light;--back:#fff;--ink:#000;--faint:#444;--line:#bbb;--soft:#fff;--curve:#0b6bcb;\
        --judged:#b5400a;--badge:#eee;--good:#eee;--bad:#eee;--busy:#eee;--wait:#eee;--link:#000}\
        form,#word{display:none!important}body{max-width:none;padding:0}.runs thead th,#word{position:static}\
        figure,.runs tr{break-inside:avoid}h2,h3{break-after:avoid}a{text-decoration:none}pre{white-space:pre-wrap}}
        """
}
