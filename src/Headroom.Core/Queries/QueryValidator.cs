using System.Globalization;
using System.Text.RegularExpressions;

namespace Headroom.Core.Queries;

/// <summary>Checks what a query's types cannot say. Every error is reported, under its field's path.</summary>
public static partial class QueryValidator
{
    /// <summary>The range with its buckets, or null where <paramref name="errors"/> has what is wrong.</summary>
    public static TrendsTime? Validate(TrendsQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        if (query.Series.Count is 0 or > QueryLimits.Series)
        {
            errors.Add("series", string.Create(CultureInfo.InvariantCulture, $"Must have 1 to {QueryLimits.Series} series."));
        }

        for (var i = 0; i < Math.Min(query.Series.Count, QueryLimits.Series); i++)
        {
            Series(query.Series[i], query.Cumulative, string.Create(CultureInfo.InvariantCulture, $"series[{i}]"), errors);
        }

        Formulas(query, errors);
        if (query.Smoothing is { } smoothing)
        {
            if (smoothing is < 2 or > QueryLimits.Smoothing)
            {
                errors.Add("smoothing", string.Create(CultureInfo.InvariantCulture, $"Must be from 2 to {QueryLimits.Smoothing}; leave it out for none."));
            }

            if (query.Cumulative)
            {
                errors.Add("smoothing", "Must be left out where points are cumulative.");
            }
        }

        Filters(query.Filters, "filters", errors);
        Unit(query.Unit, errors);
        Breakdown(query.Breakdown, errors);
        var time = Time(query, calendar, now, errors);
        return errors.Any ? null : time;
    }

    public static void Filters(IReadOnlyList<PropertyFilter> filters, string path, QueryErrors errors)
    {
        if (filters.Count > QueryLimits.Filters)
        {
            errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Must have at most {QueryLimits.Filters} filters."));
            return;
        }

        for (var i = 0; i < filters.Count; i++)
        {
            Filter(filters[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), errors);
        }
    }

    /// <summary>Which events are meant.</summary>
    public static void Selector(EventSelector? selector, string path, QueryErrors errors)
    {
        // The serializer keeps nulls out of members, not out of lists.
        if (selector is null)
        {
            errors.Add(path, "Must not be null.");
            return;
        }

        if (selector.Event is not null)
        {
            Name(selector.Event, path + ".event", errors);
        }

        if (selector.Name is not null)
        {
            Name(selector.Name, path + ".name", errors);
        }

        Filters(selector.Filters, path + ".filters", errors);
    }

    public static void Breakdown(Breakdown? breakdown, QueryErrors errors)
    {
        if (breakdown is null)
        {
            return;
        }

        Property(breakdown.Property, "breakdown.property", errors);
        if (breakdown.Limit is < 1 or > QueryLimits.BreakdownValues)
        {
            errors.Add("breakdown.limit", string.Create(CultureInfo.InvariantCulture, $"Must be from 1 to {QueryLimits.BreakdownValues}."));
        }
    }

    /// <summary>Insights that look at when a person was active do so by the hour at the finest.</summary>
    public static void ActivityInterval(Interval interval, QueryErrors errors)
    {
        if (interval is Interval.Minute)
        {
            errors.Add("interval", "Must be hour, day, week or month.");
        }
    }

    /// <summary>A name as events and properties have it.</summary>
    public static void Name(string? name, string path, QueryErrors errors)
    {
        if (string.IsNullOrEmpty(name))
        {
            errors.Add(path, "Must not be empty.");
        }
        else
        {
            Text(name, QueryLimits.NameLength, path, errors);
        }
    }

    /// <summary>A name that filters, breakdowns and lists of values can read: one that is kept with events.</summary>
    public static void Property(string? name, string path, QueryErrors errors)
    {
        Name(name, path, errors);
        if (name is not null && PropertyNames.Instead(name) is { } instead)
        {
            errors.Add(path, instead);
        }
    }

    public static void Unit(QueryUnit? unit, QueryErrors errors)
    {
        if (unit is not null)
        {
            Name(unit.Group.Length == 0 ? "" : PropertyNames.Group(unit.Group), "unit.group", errors);
        }
    }

    /// <summary>A value as events have it, not empty.</summary>
    public static void Item(string? value, string path, QueryErrors errors)
    {
        if (string.IsNullOrEmpty(value))
        {
            errors.Add(path, "Must not be empty.");
        }
        else
        {
            Text(value, QueryLimits.ValueLength, path, errors);
        }
    }

    private static void Text(string text, int most, string path, QueryErrors errors)
    {
        if (text.Length > most)
        {
            errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Must have at most {most} characters."));
        }
        else if (text.Contains('\0', StringComparison.Ordinal))
        {
            errors.Add(path, "Must not contain the character U+0000.");
        }
    }

    private static void Series(TrendsSeries? series, bool cumulative, string path, QueryErrors errors)
    {
        // The serializer keeps nulls out of members, not out of lists.
        if (series is null)
        {
            errors.Add(path, "Must not be null.");
            return;
        }

        if (series.Event is not null)
        {
            Name(series.Event, path + ".event", errors);
        }

        if (series.Name is not null)
        {
            Name(series.Name, path + ".name", errors);
        }

        if (series.PerPerson && !series.Math.OfNumbers)
        {
            errors.Add(path + ".perPerson", "Must be left out: this math counts already. Take average, min, max, median, p90, p95 or p99.");
        }
        else if (series.PerPerson && series.Math is TrendsMath.Sum)
        {
            errors.Add(path + ".perPerson", "Must be left out: a sum over persons is that over their events.");
        }

        if (cumulative && (series.PerPerson || series.Math.IsPercentile || series.Math.IsRolling))
        {
            errors.Add(path + ".math", "Has no cumulative points.");
        }

        if (!series.Math.OfNumbers)
        {
            if (series.Property is not null)
            {
                errors.Add(path + ".property", "Must be left out: this math counts and reads no property.");
            }
        }
        else if (series.Property is null)
        {
            if (!series.PerPerson)
            {
                errors.Add(path + ".property", "Is missing: this math needs a property with numbers.");
            }
        }
        else
        {
            Property(series.Property, path + ".property", errors);
            if (PropertyNames.IsFixed(series.Property))
            {
                errors.Add(path + ".property", "Is text: this math needs a property with numbers.");
            }
        }

        Filters(series.Filters, path + ".filters", errors);
    }

    private static void Formulas(TrendsQuery query, QueryErrors errors)
    {
        if (query.Formulas.Count > QueryLimits.Formulas)
        {
            errors.Add("formulas", string.Create(CultureInfo.InvariantCulture, $"Must have at most {QueryLimits.Formulas} formulas."));
            return;
        }

        var used = new HashSet<int>();
        for (var i = 0; i < query.Formulas.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"formulas[{i}]");
            if (query.Formulas[i] is not { } formula)
            {
                errors.Add(path, "Must not be null.");
                continue;
            }

            if (formula.Name is not null)
            {
                Name(formula.Name, path + ".name", errors);
            }

            if (Formula.Parse(formula.Expression, query.Series.Count, out var problem) is { } parsed)
            {
                used.UnionWith(parsed.Series);
            }
            else
            {
                errors.Add(path + ".expression", problem!);
            }
        }

        for (var i = 0; i < Math.Min(query.Series.Count, QueryLimits.Series); i++)
        {
            if (query.Series[i] is { Hidden: true } && !used.Contains(i))
            {
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"series[{i}].hidden"), "Must be left out: no formula uses the series.");
            }
        }
    }

    private static void Filter(PropertyFilter? filter, string path, QueryErrors errors)
    {
        if (filter is null)
        {
            errors.Add(path, "Must not be null.");
            return;
        }

        Property(filter.Property, path + ".property", errors);
        var values = filter.Values;
        switch (filter.Operator)
        {
            case FilterOperator.IsSet or FilterOperator.IsNotSet:
                if (values.Count > 0)
                {
                    errors.Add(path + ".values", "Must be empty for this operator.");
                }

                return;
            case FilterOperator.GreaterThan or FilterOperator.GreaterOrEqual or FilterOperator.LessThan or FilterOperator.LessOrEqual:
                if (values.Count != 1 || values[0].Number is null)
                {
                    errors.Add(path + ".values", "Must have exactly one number for this operator.");
                }

                return;
            default:
                if (values.Count is 0 or > QueryLimits.Values)
                {
                    errors.Add(path + ".values", string.Create(CultureInfo.InvariantCulture, $"Must have 1 to {QueryLimits.Values} values."));
                    return;
                }

                break;
        }

        for (var i = 0; i < values.Count; i++)
        {
            var valuePath = string.Create(CultureInfo.InvariantCulture, $"{path}.values[{i}]");
            if (filter.Operator is FilterOperator.Matches)
            {
                Pattern(values[i].Text, valuePath, errors);
            }
            else
            {
                Text(values[i].Text, QueryLimits.ValueLength, valuePath, errors);
            }
        }
    }

    /// <summary>
    /// Accepts what both .NET's non-backtracking engine and RE2 read: neither has look-around or back-references, and
    /// what only .NET knows is refused here, because a store would refuse it without naming the field.
    /// </summary>
    private static void Pattern(string pattern, string path, QueryErrors errors)
    {
        Text(pattern, QueryLimits.PatternLength, path, errors);
        if (pattern.Length is 0 or > QueryLimits.PatternLength)
        {
            if (pattern.Length == 0)
            {
                errors.Add(path, "Must not be empty.");
            }

            return;
        }

        try
        {
            _ = new Regex(pattern.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            errors.Add(path, "Is not a regular expression of the RE2 kind (no look-around, no back-references).");
            return;
        }

        if (OnlyInDotNet().IsMatch(pattern) || LargeRepetition(pattern))
        {
            errors.Add(path, "Uses a construct that the store's regular expressions (RE2) do not have, or repeats more than 1,000 times.");
        }
    }

    private static bool LargeRepetition(string pattern)
    {
        // RE2 bounds nested repetition by its product; three digits in one place stay below its limit of 1,000.
        var product = 1L;
        foreach (Match match in Repetition().Matches(pattern))
        {
            var count = long.Parse(match.Groups[match.Groups[2].Length > 0 ? 2 : 1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            product *= Math.Max(1, count);
            if (product > 1_000)
            {
                return true;
            }
        }

        return false;
    }

    private static TrendsTime? Time(TrendsQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        if (ResolvedRange.Resolve(query.Range, query.Interval, calendar, now, "range", errors) is not { } range)
        {
            return null;
        }

        var buckets = calendar.Buckets(range.From, range.To, query.Interval, QueryLimits.Buckets);
        var previous = query.Compare ? calendar.Buckets(range.PreviousFrom, range.From, query.Interval, QueryLimits.Buckets) : null;
        if (buckets is null || (query.Compare && previous is null))
        {
            errors.Add("interval", string.Create(CultureInfo.InvariantCulture,
                $"Makes more than {QueryLimits.Buckets} points of this range; take a longer interval or a shorter range."));
            return null;
        }

        var time = new TrendsTime(buckets, previous, calendar);
        if (Cells(query, time) > QueryLimits.Cells)
        {
            errors.Add("interval", string.Create(CultureInfo.InvariantCulture,
                $"Series, breakdown values and points together make more than {QueryLimits.Cells} numbers; take a longer interval or fewer values."));
        }

        return time;
    }

    private static long Cells(TrendsQuery query, TrendsTime time) =>
        ((long)query.Series.Count + query.Formulas.Count) * (query.Breakdown is { } breakdown ? breakdown.Limit + 1 : 1) *
        (time.Current.Count + (time.Previous?.Count ?? 0) + 2);

    [GeneratedRegex(@"\(\?(?!:|P<|[imsU-]+[:)])|\\[GZceuk<]|\\p\{Is|\[[^\]]*-\[|\(\?[a-zA-Z-]*[xn]")]
    private static partial Regex OnlyInDotNet();

    [GeneratedRegex(@"\{([0-9]{1,9})(?:,([0-9]{0,9}))?\}")]
    private static partial Regex Repetition();
}

/// <summary>A trend's buckets, and those of the period before where it is compared.</summary>
public sealed record TrendsTime(TimeBuckets Current, TimeBuckets? Previous, LocalCalendar Calendar);

/// <summary>What the maths have in common.</summary>
public static class TrendsMaths
{
    extension(TrendsMath math)
    {
        /// <summary>Whether it is made of numbers: of a property, or of each person.</summary>
        public bool OfNumbers => math is TrendsMath.Sum or TrendsMath.Average or TrendsMath.Min or TrendsMath.Max || math.IsPercentile;

        public bool IsPercentile => math is TrendsMath.Median or TrendsMath.P90 or TrendsMath.P95 or TrendsMath.P99;

        /// <summary>Whether a point looks back over a fixed number of days.</summary>
        public bool IsRolling => math is TrendsMath.WeeklyActive or TrendsMath.MonthlyActive;

        public bool IsFirst => math is TrendsMath.FirstTime or TrendsMath.FirstMatching;

        /// <summary>What it is where there are no events.</summary>
        public double? OfNothing => math is TrendsMath.Sum || !math.OfNumbers ? 0 : null;
    }
}

/// <summary>Names that stand for an event's own columns, or for something about its person, instead of a property.</summary>
public static class PropertyNames
{
    public const string Event = "event";
    public const string DistinctId = "distinct_id";
    public const string SessionId = "session_id";

    /// <summary>The same name however an SDK spells it.</summary>
    public static string Canonical(string name) => name switch
    {
        "$distinct_id" => DistinctId,
        "$session_id" => SessionId,
        _ => name,
    };

    /// <summary>Before the name of a person's property.</summary>
    public const string PersonPrefix = "person.";

    /// <summary>The property of the event's person that a name stands for; null where it is of the event itself.</summary>
    public static string? OfPerson(string name) =>
        name.Length > PersonPrefix.Length && name.StartsWith(PersonPrefix, StringComparison.Ordinal) ? name[PersonPrefix.Length..] : null;

    /// <summary>Before the number of a cohort.</summary>
    public const string CohortPrefix = "cohort.";

    /// <summary>The cohort that a name stands for, a boolean of the event's person; null where it is a property.</summary>
    public static int? Cohort(string name) =>
        name.StartsWith(CohortPrefix, StringComparison.Ordinal) &&
        int.TryParse(name.AsSpan(CohortPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private const string GroupPrefix = "group.";

    /// <summary>The property with an event's group of a type, which the Writer makes of $groups.</summary>
    public static string Group(string type) => "$groups." + type;

    /// <summary>
    /// For group.company.plan: the type of group whose property it is, and the property as $groupidentify named it. Null for
    /// other names.
    /// </summary>
    public static (string Type, string Property)? OfGroup(string name)
    {
        var end = name.StartsWith(GroupPrefix, StringComparison.Ordinal) ? name.IndexOf('.', GroupPrefix.Length) : -1;
        return end <= GroupPrefix.Length || end == name.Length - 1 ? null : (name[GroupPrefix.Length..end], name[(end + 1)..]);
    }

    /// <summary>The name of a group's property; null where there is none that means it.</summary>
    public static string? OfGroup(string type, string property) =>
        $"{GroupPrefix}{type}.{property}" is var name && OfGroup(name) == (type, property) ? name : null;

    public static bool IsFixed(string name) => Canonical(name) is Event or DistinctId or SessionId;

    /// <summary>
    /// For a name that SDKs send and that no event keeps: why, and what to ask for instead. Else null. An answer
    /// of nothing would look like data that is missing.
    /// </summary>
    public static string? Instead(string name) => name switch
    {
        "token" or "$token" or "api_key" => "Is not kept with events: it was the key that they were sent with.",
        "$insert_id" => "Is not kept with events: an event is found by its uuid.",
        "$time" or "$sent_at" => "Is not kept as a property: it went into the event's timestamp, which range chooses.",
        "$set" or "$set_once" or "$unset" => "Is not kept with events: it changed the person, which person. and the property's name read.",
        _ => null,
    };
}
