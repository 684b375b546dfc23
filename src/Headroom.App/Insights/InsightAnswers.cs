using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Insights;

/// <summary>What this part offers to others: the same checks and the same answers as over HTTP.</summary>
internal sealed class InsightAnswers(InsightsService insights, InsightsCache cache) : IInsightAnswers
{
    public ValueTask CheckAsync(InsightQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken) =>
        insights.CheckAsync(query, project, errors, cancellationToken);

    public ValueTask<InsightAnswer?> AnswerAsync(
        InsightQuery query, ProjectInfo project, QueryErrors errors, Action<QueryProgress>? progress, TimeSpan mostBehind, CancellationToken cancellationToken) =>
        cache.RunAsync(query, project, errors, progress, mostBehind, cancellationToken);
}
