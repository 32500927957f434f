package io.holdfast.fault.torture;

import java.util.Locale;

/**
 * One self-contained page: no script, no font, no image from anywhere else; light or dark as the reader has it; readable on a
 * phone. Whoever fills it writes markup; what comes from data goes through {@link #escape}.
 */
public final class HtmlPage {
    private static final String STYLE = """
            :root{color-scheme:light dark;--bg:#fbfaf8;--card:#ffffff;--ink:#1d1f23;--soft:#5d636d;--line:#e1dfda;
            --good:#1c7a44;--bad:#b3261e;--fault:#b35c00;--crash:#5b3fb5;--start:#0a6a8f;--data:#dbe7f3;--parity:#e9e2f4;
            --parity2:#f4e2ec;--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
            @media (prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1c1f25;--ink:#e9e7e3;--soft:#a0a6b0;
            --line:#31353d;--good:#5fcf8b;--bad:#ff8a80;--fault:#f0a35a;--crash:#b7a3ff;--start:#6cc7ea;--data:#25364a;
            --parity:#352d4d;--parity2:#47293a}}
            *{box-sizing:border-box}
            body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
            "Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
            main{max-width:1080px;margin:0 auto;padding:28px 20px 64px}
            h1{font-size:1.7rem;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
            h2{font-size:1.12rem;margin:40px 0 12px}
            p{margin:0 0 12px;max-width:72ch}
            .soft{color:var(--soft)}
            .badge{display:inline-block;padding:2px 12px;border-radius:999px;font-weight:600;font-size:.9rem;
            border:1.5px solid currentColor;margin-bottom:14px}
            .good{color:var(--good)}.bad{color:var(--bad)}
            .tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:10px;margin:24px 0 8px}
            .tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px}
            .tile b{display:block;font-size:1.42rem;line-height:1.25;font-variant-numeric:tabular-nums;
            letter-spacing:-.01em}
            .tile span{color:var(--soft);font-size:.86rem}
            .scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
            table{border-collapse:collapse;width:100%;font-size:.92rem}
            th{font-weight:600;color:var(--soft);text-align:left;font-size:.82rem}
            th,td{padding:7px 14px;border-bottom:1px solid var(--line);vertical-align:top}
            tr:last-child td{border-bottom:0}
            td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
            td.mono,code,pre{font-family:var(--mono);font-size:.86rem}
            td.wide{min-width:16em;overflow-wrap:anywhere}
            .bar{display:block;height:8px;border-radius:4px;background:var(--line);min-width:90px;margin-top:8px}
            .bar i{display:block;height:8px;border-radius:4px;background:var(--good)}
            pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px;overflow-x:auto;
            white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 12px}
            .finding{border-left:4px solid var(--bad);background:var(--card);padding:10px 14px;margin:0 0 8px;
            border-radius:0 10px 10px 0;font-family:var(--mono);font-size:.86rem;overflow-wrap:anywhere}
            dl{display:grid;grid-template-columns:minmax(7em,max-content) 1fr;gap:5px 18px;margin:0}
            dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
            svg{display:block}
            svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg text.soft{fill:var(--soft)}
            svg .rule{stroke:var(--line)}svg .fault{fill:var(--fault);stroke:var(--fault)}
            svg .crash{fill:none;stroke:var(--crash)}svg .start{fill:var(--start);stroke:var(--start)}
            svg .judged{fill:none;stroke:var(--good)}svg .event{fill:var(--soft);stroke:var(--soft)}
            svg .step{fill:var(--soft);stroke:none}svg .found{fill:var(--bad);stroke:var(--bad)}
            svg .data{fill:var(--data)}svg .p{fill:var(--parity)}svg .q{fill:var(--parity2)}
            svg .hit{fill:none;stroke:var(--bad);stroke-width:3}
            .legend{display:flex;flex-wrap:wrap;gap:4px 18px;padding:8px 14px;color:var(--soft);font-size:.86rem;
            border-top:1px solid var(--line)}
            .legend svg{display:inline-block;vertical-align:-2px;margin-right:5px}
            tr.found td{color:var(--bad)}tr.crash td{color:var(--crash)}tr.fault td{color:var(--fault)}
            @media (max-width:640px){.share{display:none}.tiles{grid-template-columns:repeat(2,1fr)}main{padding:20px 14px 48px}h1{font-size:1.4rem}th,td{padding:6px 10px}
            dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
            """;

    private final StringBuilder body = new StringBuilder(16_384);
    private final String title;

    /**
     * An empty page.
     *
     * @param title of it, as text.
     */
    public HtmlPage(String title) {
        this.title = title;
    }

    /**
     * Add markup.
     *
     * @param markup as it is.
     * @return this.
     */
    public HtmlPage add(String markup) {
        body.append(markup).append('\n');
        return this;
    }

    /**
     * Add markup with values put in.
     *
     * @param format as {@link String#format} takes it; texts in it must be escaped.
     * @param values to put in.
     * @return this.
     */
    public HtmlPage add(String format, Object... values) {
        return add(String.format(Locale.ROOT, format, values));
    }

    /**
     * Make markup of a text.
     *
     * @param text anything.
     * @return what a browser shows as that text.
     */
    public static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.append(c);
            }
        }
        return escaped.toString();
    }

    /** The whole page. */
    @Override
    public String toString() {
        return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>" + escape(title)
                + "</title>\n<style>\n" + STYLE + "</style>\n</head>\n<body>\n<main>\n" + body
                + "</main>\n</body>\n</html>\n";
    }
}
