namespace Headroom.Core.Queries;

/// <summary>The bounds of a query. They keep a statement's text, its rows and the answer small, whoever asks.</summary>
public static class QueryLimits
{
    public const int Series = 20;
    public const int Formulas = 10;

    /// <summary>Of a formula's expression, in characters.</summary>
    public const int FormulaLength = 500;

    /// <summary>Parentheses and signs within each other.</summary>
    public const int FormulaDepth = 50;

    /// <summary>Groups behind a point, whose persons are asked for.</summary>
    public const int GroupsBehind = 10_000;

    /// <summary>Points in a moving average.</summary>
    public const int Smoothing = 366;
    public const int Filters = 20;
    public const int Values = 100;
    public const int BreakdownValues = 100;
    public const int Buckets = 5_000;

    /// <summary>Series × breakdown values × buckets, both periods: the numbers in one answer.</summary>
    public const int Cells = 250_000;
    public const int NameLength = 400;
    public const int ValueLength = 4_000;
    public const int PatternLength = 500;

    /// <summary>Longer breakdown values are cut here, in characters.</summary>
    public const int BreakdownValueLength = 400;

    /// <summary>Rows that an insight over sequences of events may look at, where its memory is enough: 20 to 36 bytes each while it runs.</summary>
    public const int ScanRows = 20_000_000;
    public const int PathSteps = 20;
    public const int PathEdges = 1_000;
    public const int FunnelSteps = 20;

    /// <summary>Steps and exclusions are bits of one number.</summary>
    public const int FunnelExclusions = 10;
    public const int FunnelWindowDays = 366;

    /// <summary>Bars in a histogram of times.</summary>
    public const int FunnelBins = 60;

    /// <summary>Intervals in which a person may have been active: of a range, with those before and after that an insight looks at.</summary>
    public const int ActivityIntervals = 512;

    /// <summary>Words of 8 bytes, over all persons of a scan, that say when they were active.</summary>
    public const int ActivityWords = 64 * 1_048_576;
    public const int MinimumReturns = 1_000;

    /// <summary>Rows of a list of the web view.</summary>
    public const int WebRows = 1_000;
    public const int WebLists = 20;

    /// <summary>So long before and after a range are sessions followed that cross its edges: as long as the longest session.</summary>
    public const int SessionHours = 24;
    public const int BounceSeconds = 3_600;

    public const int CohortConditions = 50;
    public const int CohortDepth = 5;
    public const int CohortTimes = 1_000_000;

    /// <summary>Persons of a cohort that is a list.</summary>
    public const int CohortMembers = 100_000;
    public const int FirstYear = 1900;
    public const int LastYear = 2199;
}
