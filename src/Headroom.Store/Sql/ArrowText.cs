using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace Headroom.Store.Sql;

/// <summary>What a cell is in JSON and CSV.</summary>
internal enum CellKind
{
    Null,
    Boolean,

    /// <summary>Digits, which JSON readers may have to be spared: see <see cref="ArrowText.WriteJson"/>.</summary>
    Integer,
    Decimal,
    Double,
    Text,

    /// <summary>A list, struct, map or union.</summary>
    Nested,
}

/// <summary>
/// Cells of Arrow arrays as text and as JSON. Integers beyond ±2^53, decimals of more than 15 digits, NaN and infinities are
/// texts in JSON, because most readers would round or refuse them. Times are ISO 8601; those without a zone have none.
/// </summary>
internal static class ArrowText
{
    private const long Exact = 1L << 53;
    private const int ExactDigits = 15;
    private static readonly DateTime Epoch = DateTime.UnixEpoch;

    public static (CellKind Kind, string Text) Cell(IArrowArray array, int i)
    {
        if (array is not UnionArray && array.IsNull(i))
        {
            return (CellKind.Null, "");
        }

        return array switch
        {
            BooleanArray a => (CellKind.Boolean, a.GetValue(i) == true ? "true" : "false"),
            Int8Array a => Integer(a.GetValue(i)!.Value),
            Int16Array a => Integer(a.GetValue(i)!.Value),
            Int32Array a => Integer(a.GetValue(i)!.Value),
            Int64Array a => Integer(a.GetValue(i)!.Value),
            UInt8Array a => Integer(a.GetValue(i)!.Value),
            UInt16Array a => Integer(a.GetValue(i)!.Value),
            UInt32Array a => Integer(a.GetValue(i)!.Value),
            UInt64Array a => (CellKind.Integer, a.GetValue(i)!.Value.ToString(CultureInfo.InvariantCulture)),
            FloatArray a => (CellKind.Double, a.GetValue(i)!.Value.ToString("R", CultureInfo.InvariantCulture)),
            DoubleArray a => (CellKind.Double, a.GetValue(i)!.Value.ToString("R", CultureInfo.InvariantCulture)),
            Decimal128Array a => (((Decimal128Type)a.Data.DataType).Scale == 0 ? CellKind.Integer : CellKind.Decimal, a.GetString(i)!),
            Decimal256Array a => (((Decimal256Type)a.Data.DataType).Scale == 0 ? CellKind.Integer : CellKind.Decimal, a.GetString(i)!),
            StringArray a => (CellKind.Text, a.GetString(i)!),
            LargeStringArray a => (CellKind.Text, a.GetString(i)!),
            StringViewArray a => (CellKind.Text, a.GetString(i)!),
            FixedSizeBinaryArray a => (CellKind.Text, Convert.ToBase64String(a.GetBytes(i))),
            BinaryArray a => (CellKind.Text, Convert.ToBase64String(a.GetBytes(i))),
            LargeBinaryArray a => (CellKind.Text, Convert.ToBase64String(a.GetBytes(i))),
            Date32Array a => (CellKind.Text, Instant(a.GetValue(i)!.Value, TimeSpan.TicksPerDay, "yyyy-MM-dd", int.MaxValue)),
            Time32Array a => (CellKind.Text, TimeOfDay(a.GetValue(i)!.Value, ((Time32Type)a.Data.DataType).Unit)),
            Time64Array a => (CellKind.Text, TimeOfDay(a.GetValue(i)!.Value, ((Time64Type)a.Data.DataType).Unit)),
            TimestampArray a => (CellKind.Text, Timestamp(a.GetValue(i)!.Value, (TimestampType)a.Data.DataType)),
            MonthDayNanosecondIntervalArray a => (CellKind.Text, Interval(a.GetValue(i)!.Value)),
            DictionaryArray a => Cell(a.Dictionary, (int)Index(a.Indices, i)),
            NullArray => (CellKind.Null, ""),
            ListArray or LargeListArray or FixedSizeListArray or StructArray or UnionArray => (CellKind.Nested, ""),
            _ => throw new NotSupportedException($"A column of {TypeName(array.Data.DataType)} cannot be written as text; cast it to VARCHAR."),
        };
    }

    public static void WriteJson(Utf8JsonWriter json, IArrowArray array, int i)
    {
        var (kind, text) = Cell(array, i);
        switch (kind)
        {
            case CellKind.Null:
                json.WriteNullValue();
                break;
            case CellKind.Boolean:
                json.WriteBooleanValue(text == "true");
                break;
            case CellKind.Text:
                json.WriteStringValue(text);
                break;
            case CellKind.Nested:
                WriteNested(json, array, i);
                break;
            default:
                if (IsExact(kind, text))
                {
                    json.WriteRawValue(text, skipInputValidation: true);
                }
                else
                {
                    json.WriteStringValue(text);
                }

                break;
        }
    }

    /// <summary>As DuckDB writes it, as far as Arrow says it.</summary>
    public static string TypeName(IArrowType type) => type switch
    {
        BooleanType => "BOOLEAN",
        Int8Type => "TINYINT",
        Int16Type => "SMALLINT",
        Int32Type => "INTEGER",
        Int64Type => "BIGINT",
        UInt8Type => "UTINYINT",
        UInt16Type => "USMALLINT",
        UInt32Type => "UINTEGER",
        UInt64Type => "UBIGINT",
        FloatType => "FLOAT",
        DoubleType => "DOUBLE",
        Decimal128Type { Precision: 38, Scale: 0 } => "HUGEINT",
        Decimal128Type d => string.Create(CultureInfo.InvariantCulture, $"DECIMAL({d.Precision},{d.Scale})"),
        Decimal256Type d => string.Create(CultureInfo.InvariantCulture, $"DECIMAL({d.Precision},{d.Scale})"),
        StringType or LargeStringType or StringViewType => "VARCHAR",
        BinaryType or LargeBinaryType or FixedSizeBinaryType => "BLOB",
        Date32Type or Date64Type => "DATE",
        Time32Type or Time64Type => "TIME",
        TimestampType { Timezone: null or "" } => "TIMESTAMP",
        TimestampType => "TIMESTAMP WITH TIME ZONE",
        IntervalType => "INTERVAL",
        DictionaryType => "ENUM",
        NullType => "NULL",
        MapType m => $"MAP({TypeName(m.KeyField.DataType)}, {TypeName(m.ValueField.DataType)})",
        ListType l => TypeName(l.ValueDataType) + "[]",
        LargeListType l => TypeName(l.ValueDataType) + "[]",
        FixedSizeListType l => string.Create(CultureInfo.InvariantCulture, $"{TypeName(l.ValueDataType)}[{l.ListSize}]"),
        StructType s => $"STRUCT({string.Join(", ", s.Fields.Select(f => $"{f.Name} {TypeName(f.DataType)}"))})",
        UnionType => "UNION",
        _ => type.Name.ToUpperInvariant(),
    };

    private static (CellKind Kind, string Text) Integer(long value) => (CellKind.Integer, value.ToString(CultureInfo.InvariantCulture));

    private static bool IsExact(CellKind kind, string text) => kind switch
    {
        CellKind.Integer => text.Length <= ExactDigits || (BigInteger.Parse(text, CultureInfo.InvariantCulture) is var i && i <= Exact && i >= -Exact),
        CellKind.Decimal => text.Length <= ExactDigits,
        _ => double.IsFinite(double.Parse(text, CultureInfo.InvariantCulture)),
    };

    private static void WriteNested(Utf8JsonWriter json, IArrowArray array, int i)
    {
        switch (array)
        {
            case MapArray map:
                json.WriteStartArray();
                for (var e = map.ValueOffsets[i]; e < map.ValueOffsets[i + 1]; e++)
                {
                    json.WriteStartObject();
                    json.WritePropertyName("key");
                    WriteJson(json, map.Keys, e);
                    json.WritePropertyName("value");
                    WriteJson(json, map.Values, e);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case ListArray list:
                WriteItems(json, list.Values, list.ValueOffsets[i], list.ValueOffsets[i + 1]);
                break;
            case LargeListArray list:
                WriteItems(json, list.Values, list.ValueOffsets[i], list.ValueOffsets[i + 1]);
                break;
            case FixedSizeListArray list:
                var size = ((FixedSizeListType)list.Data.DataType).ListSize;
                WriteItems(json, list.Values, (long)(list.Offset + i) * size, (long)(list.Offset + i + 1) * size);
                break;
            case StructArray row:
                json.WriteStartObject();
                var fields = ((StructType)row.Data.DataType).Fields;
                for (var f = 0; f < fields.Count; f++)
                {
                    json.WritePropertyName(fields[f].Name);
                    WriteJson(json, row.Fields[f], i);
                }

                json.WriteEndObject();
                break;
            case DenseUnionArray union:
                WriteJson(json, union.Fields[union.TypeIds[i]], union.ValueOffsets[i]);
                break;
            case UnionArray union:
                WriteJson(json, union.Fields[union.TypeIds[i]], i);
                break;
        }
    }

    private static void WriteItems(Utf8JsonWriter json, IArrowArray values, long from, long to)
    {
        json.WriteStartArray();
        for (var i = from; i < to; i++)
        {
            WriteJson(json, values, (int)i);
        }

        json.WriteEndArray();
    }

    private static long Index(IArrowArray indices, int i) => indices switch
    {
        UInt8Array a => a.GetValue(i)!.Value,
        UInt16Array a => a.GetValue(i)!.Value,
        UInt32Array a => a.GetValue(i)!.Value,
        Int8Array a => a.GetValue(i)!.Value,
        Int16Array a => a.GetValue(i)!.Value,
        Int32Array a => a.GetValue(i)!.Value,
        _ => throw new NotSupportedException("An ENUM of this size cannot be written as text; cast it to VARCHAR."),
    };

    private static string Timestamp(long value, TimestampType type)
    {
        var (ticks, format) = type.Unit switch
        {
            TimeUnit.Second => (TimeSpan.TicksPerSecond, "yyyy-MM-dd'T'HH:mm:ss"),
            TimeUnit.Millisecond => (TimeSpan.TicksPerMillisecond, "yyyy-MM-dd'T'HH:mm:ss.FFF"),
            TimeUnit.Microsecond => (TimeSpan.TicksPerMicrosecond, "yyyy-MM-dd'T'HH:mm:ss.FFFFFF"),
            _ => (0L, ""),
        };
        if (type.Unit is TimeUnit.Nanosecond)
        {
            var (seconds, nanoseconds) = (Math.DivRem(value, 1_000_000_000).Quotient, value % 1_000_000_000);
            if (nanoseconds < 0)
            {
                (seconds, nanoseconds) = (seconds - 1, nanoseconds + 1_000_000_000);
            }

            var fraction = nanoseconds == 0 ? "" : "." + nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
            return Instant(seconds, TimeSpan.TicksPerSecond, "yyyy-MM-dd'T'HH:mm:ss", long.MaxValue) + fraction + Zone(type);
        }

        return Instant(value, ticks, format, long.MaxValue) + Zone(type);
    }

    private static string Zone(TimestampType type) => string.IsNullOrEmpty(type.Timezone) ? "" : "Z";

    /// <summary>DuckDB's dates reach further than .NET's; those past are said by their distance from 1970.</summary>
    private static string Instant(long value, long ticks, string format, long infinity)
    {
        if (value == infinity || value == -infinity)
        {
            return value > 0 ? "infinity" : "-infinity";
        }

        var distance = (Int128)value * ticks;
        return distance >= DateTime.MinValue.Ticks - Epoch.Ticks && distance <= DateTime.MaxValue.Ticks - Epoch.Ticks
            ? Epoch.AddTicks((long)distance).ToString(format, CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"1970-01-01 {(value < 0 ? "-" : "+")} {Int128.Abs(distance) / TimeSpan.TicksPerDay} days");
    }

    private static string TimeOfDay(long value, TimeUnit unit)
    {
        var ticks = unit switch
        {
            TimeUnit.Second => value * TimeSpan.TicksPerSecond,
            TimeUnit.Millisecond => value * TimeSpan.TicksPerMillisecond,
            TimeUnit.Microsecond => value * TimeSpan.TicksPerMicrosecond,
            _ => value / 100,
        };
        return new DateTime(Math.Clamp(ticks, 0, TimeSpan.TicksPerDay - 1)).ToString("HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture);
    }

    private static string Interval(Apache.Arrow.Scalars.MonthDayNanosecondInterval interval)
    {
        var parts = new List<string>();
        Part(interval.Months / 12, "year");
        Part(interval.Months % 12, "month");
        Part(interval.Days, "day");
        if (interval.Nanoseconds != 0 || parts.Count == 0)
        {
            var ticks = TimeSpan.FromTicks(Math.Abs(interval.Nanoseconds / 100));
            parts.Add(string.Create(CultureInfo.InvariantCulture,
                $"{(interval.Nanoseconds < 0 ? "-" : "")}{(long)ticks.TotalHours:00}:{ticks.Minutes:00}:{ticks.Seconds:00}{(ticks.Ticks % TimeSpan.TicksPerSecond is var rest and > 0 ? "." + rest.ToString("D7", CultureInfo.InvariantCulture).TrimEnd('0') : "")}"));
        }

        return string.Join(' ', parts);

        void Part(int count, string unit)
        {
            if (count != 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(Math.Abs(count) == 1 ? "" : "s")}"));
            }
        }
    }
}
