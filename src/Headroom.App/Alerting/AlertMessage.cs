using System.Globalization;
using System.Text;

namespace Headroom.App.Alerting;

/// <summary>What one message tells: everything that happened together.</summary>
/// <param name="Server">What the server is called.</param>
/// <param name="Address">The app's address, or null.</param>
internal sealed record AlertMessage(string Server, string? Address, DateTimeOffset At, IReadOnlyList<AlertNews> News)
{
    private const int MostTitles = 3;
    private const int MostText = 1_000;

    /// <summary>One line.</summary>
    public string Subject
    {
        get
        {
            var kinds = News.GroupBy(static one => Word(one)).OrderBy(static group => Order(group.First())).Select(static group =>
            {
                var titles = group.Select(static one => Line(one.Alert.Title)).ToList();
                var more = titles.Count > MostTitles ? string.Create(CultureInfo.InvariantCulture, $" and {titles.Count - MostTitles} more") : "";
                return $"{group.Key}: {string.Join("; ", titles.Take(MostTitles))}{more}";
            });
            return $"[Headroom {Line(Server)}] {string.Join(". ", kinds)}";
        }
    }

    /// <summary>For a person: the subject, then each alert with what to do.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder(Subject).Append('\n');
            foreach (var (kind, alert) in News)
            {
                text.Append('\n').Append(Word(new AlertNews(kind, alert))).Append(": ").Append(Line(alert.Title)).Append('\n');
                text.Append(CultureInfo.InvariantCulture, $"Since {alert.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
                if (alert.ResolvedAt is { } resolved)
                {
                    text.Append(CultureInfo.InvariantCulture, $", well again at {resolved.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
                }

                text.Append('\n').Append(Line(alert.Detail)).Append('\n');
            }

            if (Address is { Length: > 0 })
            {
                text.Append('\n').Append(Address).Append('\n');
            }

            return text.ToString();
        }
    }

    public static AlertMessage Test(AlertingOptions options, DateTimeOffset now) => new(options.Name, options.Address, now,
    [
        new AlertNews(AlertNewsKind.Test, new Alert(
            "test", AlertSeverity.Warning, "A test message", "Somebody tries whether alerts arrive. They do.", now, AlertState.Resolved, now, null)),
    ]);

    private static string Word(AlertNews news) => news.Kind switch
    {
        AlertNewsKind.Resolved => "Resolved",
        AlertNewsKind.Test => "Test",
        AlertNewsKind.Reminder => "Still " + (news.Alert.Severity == AlertSeverity.Critical ? "critical" : "a warning"),
        _ => news.Alert.Severity == AlertSeverity.Critical ? "Critical" : "Warning",
    };

    private static int Order(AlertNews news) => news.Kind == AlertNewsKind.Resolved ? 3 : news.Alert.Severity == AlertSeverity.Critical ? 0 : 1;

    private static string Line(string text) => AlertTexts.Line(text, MostText);
}
