using System.Text.Json;
using Headroom.App.Insights;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.Fuzz.Targets;

/// <summary>
/// Documents that people ask with. The first byte says which: a query of any kind, which is compiled where it is valid; persons behind a
/// point; a cohort; filters; a dashboard; a share; a definition. Laws: what is refused says by which field and why; what is valid
/// compiles, and is as valid when it was written and read again.
/// </summary>
internal sealed class QueryTarget : FuzzTarget
{
    private static readonly ProjectId Project = new(1);
    private static readonly LocalCalendar Calendar = new(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), weekStartsOnSunday: true);

    private static readonly ProjectSchema Schema = new(
        1, 1_000, 100_000, FixedTime.Micros - (90L * 86_400_000_000), FixedTime.Micros, Overflowed: true,
        new HashSet<PropertyColumnKey>
        {
            new("plan", PropertyKind.Text), new("amount", PropertyKind.Number), new("amount", PropertyKind.Text), new("paid", PropertyKind.Boolean), new("tags", PropertyKind.Json),
            new("$current_url", PropertyKind.Text), new("$pathname", PropertyKind.Text), new("$referring_domain", PropertyKind.Text), new("$groups.company", PropertyKind.Text),
            new("$geoip_country_code", PropertyKind.Text), ProjectSchema.OverflowColumn,
        })
    {
        PersonColumns = new HashSet<PropertyColumnKey> { new("email", PropertyKind.Text), new("age", PropertyKind.Number) },
    };

    /// <summary>Plans of many buckets and lines have large tables.</summary>
    public override long MaxAllocatedBytes => 128L << 20;

    public override IReadOnlyList<string> Words { get; } =
    [
        .. Members(typeof(InsightQuery).Assembly.GetTypes().Where(static type => type.Namespace == typeof(InsightQuery).Namespace)),
        "$other", "person.email", "$groups.company", "cohort.1", "A/B", "A+B*2", "greater_than", "is_not_set", "unique_sessions",
    ];

    public override void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        ReadOnlySpan<byte> json = input.AsSpan(1);
        var errors = new QueryErrors();
        switch (input[0] % 8)
        {
            case 0 or 1 when QueryJson.Read(json, errors) is { } query:
                Query(query, errors);
                break;
            case 2 when QueryJson.Read<PersonsQuery>(json, "", errors) is { } persons:
                InsightPointValidator.Validate(persons.Query, persons.Point, "point", errors);
                if (Compile(persons.Query, errors) is InsightPlan plan && !errors.Any)
                {
                    plan.CheckPoint(persons.Point, "point", errors);
                }

                break;
            case 3 when QueryJson.Read<CohortCondition>(json, "", errors) is { } condition:
                CohortValidator.Validate(condition, "condition", Calendar, FixedTime.Micros, errors);
                break;
            case 4 when QueryJson.ReadFilters(json, "filters", errors) is { } filters:
                QueryValidator.Filters(filters, "filters", errors);
                break;
            case 5 when QueryJson.Read<DashboardChange>(json, "", errors) is { } dashboard:
                DashboardValidator.Validate(dashboard, Calendar, FixedTime.Micros, errors);
                if (!errors.Any)
                {
                    foreach (var tile in dashboard.Tiles ?? [])
                    {
                        Query(TileQuery.WithFilters(tile.Query, dashboard.Filters ?? []), errors);
                    }
                }

                break;
            case 6 when QueryJson.Read<NewDashboardShare>(json, "", errors) is { } share:
                DashboardValidator.Validate(share, errors);
                break;
            case 7:
                QueryJson.Read<DefinitionChange>(json, "", errors);
                break;
            default:
                Law.Holds(errors.Any, "What cannot be read is told.");
                break;
        }

        foreach (var (_, messages) in errors.ToDictionary())
        {
            Law.Holds(messages.Length > 0 && messages.All(message => message.Length > 0 && message.Length < 500 + (4 * input.Length) && !message.Contains("Headroom.", StringComparison.Ordinal)),
                "An error says why, in words of the contract: " + string.Join(' ', messages));
        }
    }

    private static void Query(InsightQuery query, QueryErrors errors)
    {
        CohortReferences.Of(query);
        if (Compile(query, errors) is null)
        {
            Law.Holds(errors.Any, "What does not compile is told.");
            return;
        }

        var text = JsonSerializer.SerializeToUtf8Bytes(query, QueryJson.Options);
        var again = QueryJson.Read(text, errors);
        Law.Holds(again is not null && JsonSerializer.SerializeToUtf8Bytes(again, QueryJson.Options).AsSpan().SequenceEqual(text), "What is valid is the same when it was written and read.");
    }

    /// <summary>The plan; null where <paramref name="errors"/> says why there is none.</summary>
    private static object? Compile(InsightQuery query, QueryErrors errors)
    {
        var dialect = DuckDbDialect.Instance;
        object? plan = query switch
        {
            TrendsQuery q => QueryValidator.Validate(q, Calendar, FixedTime.Micros, errors) is { } time
                ? (TrendsCompiler.Compile(q, time, Project, Schema, dialect), TrendsScan.Of(q, time, Project, Schema, dialect)) : null,
            FunnelQuery q => FunnelValidator.Validate(q, Calendar, FixedTime.Micros, errors) is { } time ? FunnelCompiler.Compile(q, time, Project, Schema, dialect) : null,
            RetentionQuery q => RetentionValidator.Validate(q, Calendar, FixedTime.Micros, errors) is { } time ? RetentionCompiler.Compile(q, time, Project, Schema, dialect) : null,
            StickinessQuery q => StickinessValidator.Validate(q, Calendar, FixedTime.Micros, errors) is { } time ? StickinessCompiler.Compile(q, time, Project, Schema, dialect) : null,
            LifecycleQuery q => LifecycleValidator.Validate(q, Calendar, FixedTime.Micros, errors) is { } time ? LifecycleCompiler.Compile(q, time, Project, Schema, dialect) : null,
            SessionsQuery q => SessionsValidator.Validate(q, Calendar, FixedTime.Micros, errors) is { } time ? SessionsCompiler.Compile(q, time, Project, Schema, dialect) : null,
            WebQuery q => SessionsValidator.Validate(q, Calendar, FixedTime.Micros, errors) is { } time ? WebCompiler.Compile(q, time, Project, Schema, dialect) : null,
            PathsQuery q => PathsValidator.Validate(q, Calendar, FixedTime.Micros, errors) is { } range ? PathsCompiler.Compile(q, range, Project, Schema, dialect) : null,
            _ => throw new InvalidOperationException($"No compiler for {query.GetType().Name}."),
        };
        if (plan is InsightPlan scans)
        {
            Law.Holds(scans.Scans.All(static scan => scan.Statement.Sql.Length is > 0 and < 4 << 20), "A statement's length is bounded.");
        }

        return plan;
    }

    private static IEnumerable<string> Members(IEnumerable<Type> types) => types.SelectMany(static type => type.IsEnum
        ? Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)
        : type.GetProperties().Select(static property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))).Distinct();
}
