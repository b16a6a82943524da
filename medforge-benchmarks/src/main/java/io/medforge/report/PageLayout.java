package io.medforge.report;

/** What is around a page's content. */
final class PageLayout {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1d2733; --paper: #ffffff; --soft: #5b6875;
        --line: #d5dbe1; --accent: #0b5c8a; --notice: #fff4d6; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e3e8ed; --paper: #14191f;
        --soft: #a3afba; --line: #38424c; --accent: #7cc0e8; --notice: #3a3115; } }
      body { margin: 2.5rem auto; max-width: 60rem; padding: 0 1.25rem; color: var(--ink);
        background: var(--paper); font: 1rem/1.55 system-ui, sans-serif; }
      h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
      h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .25rem;
        border-bottom: 1px solid var(--line); color: var(--accent); }
      .lead { font-size: 1.1rem; }
      .notice { background: var(--notice); border-left: 4px solid #d39e00; padding: .6rem .9rem; }
      .wide { overflow-x: auto; width: max-content; min-width: 100%;
        max-width: calc(100vw - 2.5rem); margin-left: 50%; transform: translateX(-50%); }
      .wide td:first-child, .wide th:first-child { position: sticky; left: 0;
        background: var(--paper); }
      table { border-collapse: collapse; margin: .8rem 0; font-size: .92rem; }
      caption, figcaption { text-align: left; color: var(--soft); font-size: .92rem;
        padding-bottom: .35rem; }
      th, td { text-align: left; padding: .28rem .9rem .28rem 0; vertical-align: top;
        border-bottom: 1px solid var(--line); }
      td { overflow-wrap: anywhere; } td:not(.number) { min-width: 7em; }
      .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; }
      dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
      figure { margin: 1rem 0; padding: .6rem; background: #ffffff; border: 1px solid var(--line);
        break-inside: avoid; }
      figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
      figcaption { color: #5b6875; padding: .4rem 0 0; }
      pre { overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
      @media print { :root { --ink: #000; --paper: #fff; --soft: #333; --line: #bbb;
        --accent: #000; --notice: #fff; } body { margin: 0; max-width: none; }
        tr, figure, .notice { break-inside: avoid; }
        .wide { overflow: visible; font-size: .7rem; } td, th { padding-right: .4rem; } h2 { break-after: avoid; } }
      """;

  private PageLayout() {}

  /**
   * A whole page.
   *
   * @param title not yet escaped
   * @param body HTML
   * @return a document
   */
  static String around(String title, String body) {
    String escaped = Markup.escape(title);
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\
    """
        + escaped
        + "</title>\n<style>\n"
        + STYLE
        + "</style>\n</head>\n<body>\n<main>\n<h1>"
        + escaped
        + "</h1>\n"
        + body
        + "</main>\n</body>\n</html>\n";
  }
}
