using System.Globalization;
using Headroom.App.Shared;
using Headroom.Core;

namespace Headroom.App.Insights;

internal sealed partial class InsightsService
{
    /// <summary>Runs a user's statement within the settings' bounds, which a refusal names.</summary>
    public async ValueTask<SqlAnswer> SqlAsync(
        ISqlReader sql, string statement, IReadOnlyList<object?> parameters, SqlFormat format, int? limit, ProjectInfo project, Action<QueryProgress>? progress,
        CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var question = new SqlQuestion
        {
            Project = project.Id,
            Sql = statement,
            Parameters = parameters,
            Format = format,
            MaxRows = limit ?? settings.MaxSqlRows,
            Cut = limit is not null,
            MaxBytes = settings.MaxSqlMegabytes * 1024L * 1024L,
            Timeout = TimeSpan.FromSeconds(settings.TimeoutSeconds),
            Progress = progress,
        };
        try
        {
            return await MeasureAsync(
                "sql", new StoreQuery { Project = project.Id, Sql = "" },
                (_, token) => sql.AnswerAsync(question, token), static a => (a.Rows, 0), cancellationToken);
        }
        catch (QueryRefusedException e) when (Setting(e.Bound) is { } setting)
        {
            throw new QueryRefusedException(e.Bound, string.Create(CultureInfo.InvariantCulture, $"{e.Message} The bound is the setting {InsightsOptions.Section}:{setting}."));
        }
    }

    private static string? Setting(QueryBound bound) => bound switch
    {
        QueryBound.Time => nameof(InsightsOptions.TimeoutSeconds),
        QueryBound.Rows => nameof(InsightsOptions.MaxSqlRows),
        QueryBound.Size => nameof(InsightsOptions.MaxSqlMegabytes),
        _ => null,
    };
}
