using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;

namespace Headroom.Store.Moving;

/// <summary>What a table holds, in whatever order and database.</summary>
/// <param name="Sum">The sum of the hashes of its rows.</param>
public sealed record TableSum(string Table, long Rows, ulong Sum);

/// <summary>Copies tables between databases of the same schema, and compares them.</summary>
public static class TableCopy
{
    /// <summary>
    /// Replaces what the tables of <paramref name="to"/> hold. Both are in their transactions; nothing counts before the caller commits.
    /// </summary>
    /// <returns>What was read of <paramref name="from"/>.</returns>
    /// <exception cref="InvalidDataException">The schemas are not the same, or a value fits nowhere.</exception>
    public static async Task<IReadOnlyList<TableSum>> CopyAsync(
        TableSet from, TableSet to, IReadOnlyList<string> tables, Action<long>? copied, CancellationToken cancellationToken)
    {
        var ordered = await to.OrderedAsync(tables, cancellationToken).ConfigureAwait(false);
        foreach (var table in ordered.Reverse())
        {
            await to.ExecuteAsync($"DELETE FROM \"{table}\"", cancellationToken).ConfigureAwait(false);
        }

        var numbers = await from.LastNumbersAsync(tables, cancellationToken).ConfigureAwait(false);
        var sums = new List<TableSum>();
        foreach (var table in ordered)
        {
            var there = await to.ColumnsAsync(table, cancellationToken).ConfigureAwait(false);
            var here = await from.ColumnsAsync(table, cancellationToken).ConfigureAwait(false);
            if (there.Count == 0 || !here.Select(static c => c.Name).Order().SequenceEqual(there.Select(static c => c.Name).Order()))
            {
                throw new InvalidDataException($"The table {table} is not the same in {from.Place} and in {to.Place}: they are of different versions.");
            }

            var sum = new Summing();
            await to.WriteAsync(table, there, sum.Over(from.ReadAsync(table, [.. there.Select(static c => c.Name)], cancellationToken), copied, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
            sums.Add(new TableSum(table, sum.Rows, sum.Sum));
            if (numbers.TryGetValue(table, out var last))
            {
                await to.SetLastNumberAsync(table, last, cancellationToken).ConfigureAwait(false);
            }
        }

        return sums;
    }

    public static async Task<IReadOnlyList<TableSum>> SumAsync(TableSet set, IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        var sums = new List<TableSum>();
        foreach (var table in tables)
        {
            var columns = await set.ColumnsAsync(table, cancellationToken).ConfigureAwait(false);

            // Columns have an order of their own in each database.
            var sum = new Summing();
            await foreach (var _ in sum.Over(
                set.ReadAsync(table, [.. columns.Select(static c => c.Name)], cancellationToken), null, cancellationToken).ConfigureAwait(false))
            {
            }

            sums.Add(new TableSum(table, sum.Rows, sum.Sum));
        }

        return sums;
    }

    /// <summary>The first table that is not the same, in words; null where all are.</summary>
    public static string? Difference(IReadOnlyList<TableSum> source, IReadOnlyList<TableSum> target)
    {
        foreach (var one in source)
        {
            var other = target.FirstOrDefault(sum => sum.Table == one.Table);
            if (other is null || other.Rows != one.Rows)
            {
                return $"the table {one.Table} has {one.Rows} rows, and its copy {other?.Rows ?? 0}";
            }

            if (other.Sum != one.Sum)
            {
                return $"the table {one.Table} has {one.Rows} rows, as its copy has, but not the same ones";
            }
        }

        return null;
    }

    private sealed class Summing
    {
        private readonly XxHash3 _hash = new();

        public long Rows { get; private set; }

        public ulong Sum { get; private set; }

        public async IAsyncEnumerable<object?[]> Over(IAsyncEnumerable<object?[]> rows, Action<long>? copied, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                Add(row);
                copied?.Invoke(1);
                yield return row;
            }
        }

        private void Add(object?[] row)
        {
            Span<byte> number = stackalloc byte[9];
            foreach (var value in row)
            {
                switch (value)
                {
                    case null:
                        _hash.Append([0]);
                        break;
                    case long whole:
                        number[0] = 1;
                        BinaryPrimitives.WriteInt64LittleEndian(number[1..], whole);
                        _hash.Append(number);
                        break;
                    case double real:
                        number[0] = 2;
                        BinaryPrimitives.WriteDoubleLittleEndian(number[1..], real);
                        _hash.Append(number);
                        break;
                    default:
                        var bytes = value as byte[] ?? Encoding.UTF8.GetBytes((string)value);
                        number[0] = 3;
                        BinaryPrimitives.WriteInt64LittleEndian(number[1..], bytes.Length);
                        _hash.Append(number);
                        _hash.Append(bytes);
                        break;
                }
            }

            Rows++;
            Sum += _hash.GetCurrentHashAsUInt64();
            _hash.Reset();
        }
    }
}
