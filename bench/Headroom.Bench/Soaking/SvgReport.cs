using System.Globalization;
using System.Text;
using System.Xml;

namespace Headroom.Bench.Soaking;

/// <summary>
/// The panels of a run as one SVG file that needs nothing else: it follows the reader's light or dark preference, takes
/// the system's font, and says in words what each picture shows.
/// </summary>
internal sealed class SvgReport : IDisposable
{
    private const string Namespace = "http://www.w3.org/2000/svg";
    private const int Columns = 2;
    private const double Margin = 32;
    private const double Gap = 28;
    private const double PanelWidth = 580;
    private const double PanelHeight = 236;
    private const double HeaderHeight = 100;
    private const double Left = 52;
    private const double Right = 112;
    private const double Top = 58;
    private const double Bottom = 30;
    private const double LabelHeight = 15;

    private const string Style = """
        text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #4b5563; font-variant-numeric: tabular-nums }
        .page { fill: #ffffff } .frame { fill: #fbfbfc; stroke: #e5e7eb } .grid { stroke: #e5e7eb } .base { stroke: #9ca3af }
        .warm { fill: #6b7280; fill-opacity: .07 } .title { font-size: 20px; font-weight: 650; fill: #111827 } .name { font-size: 14px; font-weight: 650; fill: #111827 }
        .good { fill: #047857; font-weight: 600 } .bad { fill: #b91c1c; font-weight: 600 }
        .line { fill: none; stroke-width: 1.75; stroke-linejoin: round } .trend { fill: none; stroke-width: 1.5; stroke-dasharray: 5 4; opacity: .9 }
        .c0 { stroke: #1d4ed8 } .c1 { stroke: #b45309 } .c2 { stroke: #0f766e } .c3 { stroke: #7e22ce }
        .t0 { fill: #1d4ed8 } .t1 { fill: #b45309 } .t2 { fill: #0f766e } .t3 { fill: #7e22ce }
        @media (prefers-color-scheme: dark) {
          text { fill: #a3adba } .page { fill: #0f1318 } .frame { fill: #151a21; stroke: #28303a } .grid { stroke: #28303a } .base { stroke: #5b6673 }
          .warm { fill: #9ca3af; fill-opacity: .09 } .title, .name { fill: #f3f4f6 } .good { fill: #34d399 } .bad { fill: #f87171 }
          .c0 { stroke: #7aa2ff } .c1 { stroke: #f5b14c } .c2 { stroke: #4fd1c5 } .c3 { stroke: #c99bff }
          .t0 { fill: #7aa2ff } .t1 { fill: #f5b14c } .t2 { fill: #4fd1c5 } .t3 { fill: #c99bff }
        }
        """;

    private readonly StringBuilder _text = new();
    private readonly XmlWriter _xml;

    private SvgReport() => _xml = XmlWriter.Create(_text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, IndentChars = " " });

    /// <param name="title">What was run.</param>
    /// <param name="facts">Load, machine and date, a line each.</param>
    /// <param name="panels">In reading order.</param>
    public static string Write(string title, IReadOnlyList<string> facts, IReadOnlyList<Panel> panels)
    {
        using var report = new SvgReport();
        report.WritePage(title, facts, panels);
        report._xml.Flush();
        return report._text.Append('\n').ToString();
    }

    public void Dispose() => _xml.Dispose();

    private void WritePage(string title, IReadOnlyList<string> facts, IReadOnlyList<Panel> panels)
    {
        var rows = (panels.Count + Columns - 1) / Columns;
        var width = (2 * Margin) + (Columns * PanelWidth) + ((Columns - 1) * Gap);
        var header = HeaderHeight + (18 * Math.Max(0, facts.Count - 1));
        var height = header + (rows * (PanelHeight + Gap)) + Margin - Gap;
        Start("svg", ("viewBox", $"0 0 {N(width)} {N(height)}"), ("width", N(width)), ("height", N(height)), ("role", "img"), ("aria-label", title));
        Element("style", Style);
        Shape("rect", ("class", "page"), ("width", N(width)), ("height", N(height)));
        Text(Margin, Margin + 16, title, "title");
        for (var i = 0; i < facts.Count; i++)
        {
            Text(Margin, Margin + 40 + (18 * i), facts[i]);
        }

        for (var i = 0; i < panels.Count; i++)
        {
            var x = Margin + (i % Columns * (PanelWidth + Gap));
            var y = header + (i / Columns * (PanelHeight + Gap));
            Start("g", ("transform", $"translate({N(x)} {N(y)})"), ("role", "img"), ("aria-label", Describe(panels[i])));
            WritePanel(panels[i]);
            _xml.WriteEndElement();
        }

        _xml.WriteEndElement();
    }

    private void WritePanel(Panel panel)
    {
        Shape("rect", ("class", "frame"), ("x", "0.5"), ("y", "0.5"), ("width", N(PanelWidth - 1)), ("height", N(PanelHeight - 1)), ("rx", "8"));
        Text(16, 26, panel.Title, "name");
        if (panel.Lines.Any(static line => line.IsJudged))
        {
            Text(PanelWidth - 16, 26, panel.IsWell ? "✓ no growth" : "▲ grows", panel.IsWell ? "good" : "bad", "end");
        }

        var all = panel.Lines.SelectMany(static line => line.Points).Where(static point => double.IsFinite(point.Value)).ToList();
        if (all.Count == 0)
        {
            Text(PanelWidth / 2, PanelHeight / 2, "no samples", null, "middle");
            return;
        }

        var (right, bottom) = (PanelWidth - Right, PanelHeight - Bottom);
        var x = Scale.Hours(all.Max(static point => point.Hours), Left, right);
        var highest = all.Max(static point => point.Value);
        var y = panel.FromZero ? Scale.Linear(highest, bottom, Top) : Scale.Logarithmic(all.Min(static point => point.Value), highest, bottom, Top);
        WriteAxes(panel, x, y, right, bottom);
        foreach (var (line, i) in panel.Lines.Select(static (line, i) => (line, i)))
        {
            var points = line.Points.Where(static point => double.IsFinite(point.Value)).Select(point => $"{N(x.Pixel(point.Hours))},{N(y.Pixel(point.Value))}");
            Shape("polyline", ("class", $"line c{i}"), ("points", string.Join(' ', points)));
            if (line.Trend is { } trend)
            {
                Shape("line", ("class", $"trend c{i}"), ("x1", N(x.Pixel(trend.Start))), ("y1", N(y.Pixel(trend.At(trend.Start)))), ("x2", N(x.Pixel(trend.End))), ("y2", N(y.Pixel(trend.At(trend.End)))));
            }
        }

        WriteLabels(panel, y, right + 8, bottom);
    }

    private void WriteAxes(Panel panel, Scale x, Scale y, double right, double bottom)
    {
        if (panel.Lines.FirstOrDefault(static line => line.Trend is not null)?.Trend is { } trend)
        {
            Shape("rect", ("class", "warm"), ("x", N(Left)), ("y", N(Top)), ("width", N(x.Pixel(trend.Start) - Left)), ("height", N(bottom - Top)));
            Text(x.Pixel(trend.Start), Top - 8, "not judged", null, "end");
        }

        Text(16, Top - 10, panel.Unit);
        foreach (var tick in y.Ticks)
        {
            Shape("line", ("class", tick == y.Ticks[0] ? "base" : "grid"), ("x1", N(Left)), ("x2", N(right)), ("y1", N(y.Pixel(tick))), ("y2", N(y.Pixel(tick))));
            Text(Left - 8, y.Pixel(tick) + 4, Scale.Text(tick), null, "end");
        }

        foreach (var tick in x.Ticks)
        {
            Text(x.Pixel(tick), bottom + 18, tick == x.Ticks[^1] ? $"{Scale.Text(tick * 60)} min" : Scale.Text(tick * 60), null, "middle");
        }
    }

    /// <summary>Each line's name and last value at its end, moved apart where they would cover one another.</summary>
    private void WriteLabels(Panel panel, Scale y, double at, double bottom)
    {
        var labels = panel.Lines.Select(static (line, i) => (Line: line, Index: i))
            .Where(static label => label.Line.Points.Count > 0 && double.IsFinite(label.Line.Points[^1].Value))
            .Select(label => (label.Line, label.Index, Y: y.Pixel(label.Line.Points[^1].Value) + 4))
            .OrderBy(static label => label.Y).ToList();
        var lowest = bottom - (LabelHeight * (labels.Count - 1));
        var free = Top;
        foreach (var (line, index, wanted) in labels)
        {
            var place = Math.Max(free, Math.Min(wanted, lowest));
            Text(at, place, $"{line.Name} {Scale.Text(line.Points[^1].Value)}", $"t{index}");
            free = place + LabelHeight;
            lowest += LabelHeight;
        }
    }

    private static string Describe(Panel panel)
    {
        var text = new StringBuilder($"{panel.Title}, in {panel.Unit}.");
        foreach (var line in panel.Lines.Where(static line => line.Points.Count > 0))
        {
            text.Append(CultureInfo.InvariantCulture, $" {line.Name}: {Scale.Text(line.Points[0].Value)} at first, {Scale.Text(line.Points[^1].Value)} at last");
            text.Append(line.Trend is { } trend
                ? string.Create(CultureInfo.InvariantCulture, $", growth over the judged part {Scale.Text(trend.Growth)} where {Scale.Text(trend.Allowed)} is allowed.")
                : ".");
        }

        return text.ToString();
    }

    private void Text(double x, double y, string text, string? style = null, string? anchor = null)
    {
        Start("text", ("x", N(x)), ("y", N(y)));
        if (style is not null)
        {
            Attributes(("class", style));
        }

        if (anchor is not null)
        {
            Attributes(("text-anchor", anchor));
        }

        _xml.WriteString(Clean(text));
        _xml.WriteEndElement();
    }

    private void Shape(string name, params ReadOnlySpan<(string, string)> attributes)
    {
        Start(name, attributes);
        _xml.WriteEndElement();
    }

    private void Element(string name, string text)
    {
        Start(name);
        _xml.WriteString(text);
        _xml.WriteEndElement();
    }

    private void Start(string name, params ReadOnlySpan<(string, string)> attributes)
    {
        _xml.WriteStartElement(name, Namespace);
        Attributes(attributes);
    }

    private void Attributes(params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        foreach (var (name, value) in attributes)
        {
            _xml.WriteAttributeString(name, Clean(value));
        }
    }

    /// <summary>XML has no way to write most control characters.</summary>
    private static string Clean(string text) =>
        string.Concat(text.EnumerateRunes().Select(static rune => rune.Value >= 0x20 || rune.Value is '\n' or '\t' ? rune.ToString() : "\uFFFD"));

    private static string N(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);
}
