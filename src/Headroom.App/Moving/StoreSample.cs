using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Moving;

/// <summary>What two stores must both say when they hold the same: the counts of every project, and answers of insights.</summary>
internal sealed class StoreSample(IProjectDirectory projects, IEventStore store, IInsightAnswers insights)
{
    /// <summary>Of more projects only the counts are compared.</summary>
    private const int MostAsked = 50;

    private const int Days = 30;

    /// <summary>One line for each count and each answer; of an answer its hash.</summary>
    /// <param name="until">The last day that is asked about, so that both are asked about the same days.</param>
    /// <exception cref="InvalidOperationException">An insight cannot be answered.</exception>
    public async Task<string> TakeAsync(DateOnly until, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var asked = 0;
        foreach (var project in projects.All.OrderBy(static p => p.Id.Value))
        {
            var counts = store.Ledger(project.Id);
            text.AppendLine(CultureInfo.InvariantCulture, $"project {project.Id}: stored {counts.Stored}");
            text.AppendLine(CultureInfo.InvariantCulture, $"received of project {project.Id}: {counts.Received}, duplicates {counts.Duplicates}, rejected {counts.Rejected}");
            if (counts.Stored == 0 || asked++ >= MostAsked)
            {
                continue;
            }

            foreach (var (name, query) in Questions(until))
            {
                var errors = new QueryErrors();
                var answer = (await insights.AnswerAsync(query, project, errors, null, TimeSpan.Zero, cancellationToken))?.Result
                    ?? throw new InvalidOperationException($"The insight \"{name}\" of project {project.Id} cannot be answered.");

                // What is of the computing and not of the answer.
                answer = answer with { DataVersion = 0, ComputedAt = default, ElapsedMs = 0, Cache = default, AgeMs = 0, BehindMs = 0, EstimatedRows = 0, EstimatedColumns = 0, EstimatedBytes = 0, QueuedMs = 0 };
                var hash = XxHash3.HashToUInt64(JsonSerializer.SerializeToUtf8Bytes(answer, QueryJson.Options.GetTypeInfo(typeof(InsightResult))));
                text.AppendLine(CultureInfo.InvariantCulture, $"project {project.Id}: {name} {hash:x16}");
            }
        }

        return text.ToString();
    }

    private static IEnumerable<(string Name, InsightQuery Query)> Questions(DateOnly until)
    {
        var range = new QueryRange { From = Text(until.AddDays(-Days)), To = Text(until) };
        yield return ("events by day", Trends(TrendsMath.Total));
        yield return ("events by name", Trends(TrendsMath.Total) with { Breakdown = new Breakdown("event", 25) });
        yield return ("persons by day", Trends(TrendsMath.UniquePersons));
        yield return ("persons by week", Trends(TrendsMath.UniquePersons) with { Interval = Interval.Week });
        yield return ("persons by event", Trends(TrendsMath.UniquePersons) with { Breakdown = new Breakdown("event", 25) });

        TrendsQuery Trends(TrendsMath math) => new([new TrendsSeries { Math = math }], range);

        static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}
