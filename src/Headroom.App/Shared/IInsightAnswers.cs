using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Shared;

/// <param name="Tag">Of its content, without when and how it was made.</param>
internal sealed record InsightAnswer(InsightResult Result, string Tag);

/// <summary>Questions of every kind and their answers, for parts that keep questions of people. Safe for concurrent use.</summary>
internal interface IInsightAnswers
{
    /// <summary>Adds to <paramref name="errors"/> all that asking would be refused for now.</summary>
    ValueTask CheckAsync(InsightQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken);

    /// <summary>Null where the query is wrong, as <paramref name="errors"/> says.</summary>
    /// <param name="progress">Told by the store what becomes of each statement; must not block.</param>
    /// <param name="mostBehind">How long ago the answer may have ceased to be right.</param>
    ValueTask<InsightAnswer?> AnswerAsync(
        InsightQuery query, ProjectInfo project, QueryErrors errors, Action<QueryProgress>? progress, TimeSpan mostBehind, CancellationToken cancellationToken);
}
