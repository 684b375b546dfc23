namespace Headroom.Core;

/// <summary>
/// A part of a scan's rows, column by column. Valid only while <see cref="IColumnSink.Take"/> runs: spans point into the
/// store's own memory. Asking a column for a type that it does not have throws <see cref="InvalidOperationException"/>.
/// </summary>
public abstract class ColumnBatch
{
    public abstract int Count { get; }

    /// <summary>A BIGINT column, a UBIGINT by its bits, or a TIMESTAMP as unix microseconds. What stands in a NULL's place means nothing.</summary>
    public abstract ReadOnlySpan<long> Longs(int column);

    /// <summary>A DOUBLE column. What stands in a NULL's place means nothing.</summary>
    public abstract ReadOnlySpan<double> Doubles(int column);

    public abstract bool IsNull(int column, int row);

    /// <summary>A value of a VARCHAR column as UTF-8; empty for NULL.</summary>
    public abstract ReadOnlySpan<byte> Utf8(int column, int row);

    /// <summary>
    /// The texts of a column as numbers, −1 for NULL. The column is <c>{text_code}(…)</c> in the statement's select list, and
    /// the codes are the sink's <see cref="IColumnSink.Texts"/>; a VARCHAR column can be numbered too.
    /// </summary>
    public virtual void Number(int column, TextCodes codes, Span<int> numbers)
    {
        for (var i = 0; i < Count; i++)
        {
            numbers[i] = IsNull(column, i) ? -1 : codes.Of(Utf8(column, i));
        }
    }
}

/// <summary>Takes the rows of a scan. Called by one thread at a time, in no promised order of rows.</summary>
public interface IColumnSink
{
    /// <summary>Where the store numbers the texts of <c>{text_code}(…)</c>; null where the statement has none. The same for all parts.</summary>
    TextCodes? Texts => null;

    void Take(ColumnBatch batch);
}

/// <summary>
/// A sink that several threads may fill at once: a store gives each thread a part of its own, or all rows to the sink itself.
/// What the parts have taken belongs to the sink when the scan is over.
/// </summary>
public interface IPartedSink : IColumnSink
{
    /// <summary>Called by one thread at a time, but while other parts are filled.</summary>
    IColumnSink NewPart();
}

/// <summary>What a scan went over.</summary>
/// <param name="Rows">Rows that the sink was given.</param>
public sealed record ScanSummary(long Rows, long DataVersion, TimeSpan Elapsed, int Segments);
