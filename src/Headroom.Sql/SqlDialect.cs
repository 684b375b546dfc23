using Headroom.Core;

namespace Headroom.Sql;

/// <summary>What differs between stores. Everything else is SQL that all of them read.</summary>
public abstract class SqlDialect
{
    /// <summary>What understands it.</summary>
    public virtual StoreEngine Engine => StoreEngine.Segments;

    /// <summary>That of what answers insights over such data.</summary>
    public static SqlDialect Of(ProjectSchema schema) => schema.Engine is StoreEngine.ClickHouse ? ClickHouseDialect.Instance : DuckDbDialect.Instance;

    /// <summary>A property's column as a quoted identifier.</summary>
    public abstract string Column(PropertyColumnKey key);

    /// <summary>
    /// The same column chosen in a select list by a comparison, its name spelt so that the text has none of the
    /// statement's placeholders: a store replaces those wherever it finds them.
    /// </summary>
    public abstract string ColumnByValue(PropertyColumnKey key);

    /// <summary>A timestamp as unix microseconds.</summary>
    public abstract string Micros(string timestamp);

    /// <summary>A timestamp as a column of a scan, whose batches give it as unix microseconds.</summary>
    public virtual string ScannedMicros(string timestamp) => Micros(timestamp);

    /// <summary>A whole-number division of non-negative numbers.</summary>
    public abstract string Divide(string number, long by);

    /// <summary>A double as JSON writes it: whole numbers without a point.</summary>
    public abstract string NumberText(string number);

    public abstract string BooleanText(string boolean);

    /// <summary>Whether a text contains another, without regard to case.</summary>
    public abstract string ContainsFolded(string text, string part);

    /// <summary>Whether a regular expression (RE2) is found anywhere in a text.</summary>
    public abstract string Matches(string text, string pattern);

    public abstract string Left(string text, int characters);

    /// <summary>The aggregate that interpolates linearly between the two nearest values.</summary>
    public abstract string Quantile(string number, string fraction);

    /// <summary>
    /// The aggregate that takes a text at the smallest instant, over rows where it is not empty and a condition holds. Of several texts
    /// at the same instant always the same one, however the rows are stored: which, is the dialect's to choose.
    /// </summary>
    /// <param name="taken">What is taken of that row: the text itself, or what is made of it.</param>
    public abstract string First(string text, string micros, string condition, string taken);

    /// <summary>As <see cref="First"/>, at the largest instant.</summary>
    public abstract string Last(string text, string micros, string condition, string taken);

    /// <summary>
    /// By which <see cref="First"/> and <see cref="Last"/> choose among texts at the same instant, as a BIGINT or UBIGINT that a scan hands over, of
    /// which the bits without a sign count; null where it is no number.
    /// </summary>
    public virtual string? TextRank(string text) => null;

    /// <summary>The aggregate that takes the value whose order, by several expressions, is the last.</summary>
    public abstract string Newest(string value, params IReadOnlyList<string> order);

    /// <summary>The kind and value of one member of a JSON object column, each null where it is of another kind.</summary>
    public abstract PropertySql JsonMember(string json, string nameParameter);

    /// <summary>The parameter by which <see cref="JsonMember"/> finds a member.</summary>
    public abstract string JsonMemberPath(string name);

    /// <summary>As <see cref="JsonMemberPath"/>, of a name that is an expression.</summary>
    public abstract string JsonMemberPathOf(string name);

    /// <summary>Whole numbers in a text, commas between, as a relation of one column k.</summary>
    public abstract string Keys(string text);

    /// <summary>A relation of k, the texts of a JSON list.</summary>
    public abstract string Texts(string json);

    /// <summary>As <see cref="Keys"/>, of uuids.</summary>
    public abstract string Uuids(string text);

    /// <summary>The names in a JSON object column, as a list.</summary>
    public abstract string JsonNames(string json);

    /// <summary>Whether a window can go over the groups of grouping sets in the statement that makes them.</summary>
    public virtual bool HasWindowsOverGroups => true;

    /// <summary>What stands behind AS of a WITH: whether it is found once, or in each place where it is named.</summary>
    public virtual string Materialized(bool once) => once ? "MATERIALIZED " : "NOT MATERIALIZED ";

    /// <summary>A row for each value of a list, chosen in a select list.</summary>
    public virtual string Unnest(string list) => $"unnest({list})";

    /// <summary>As <see cref="Unnest(string)"/> of two lists of one length: their values of the same place stand in one row.</summary>
    public virtual (string First, string Second) Unnest(string first, string second) => (Unnest(first), Unnest(second));

    /// <summary>All columns of one of several relations, under their own names.</summary>
    /// <param name="shared">The one that another of them has too.</param>
    public virtual string AllOf(string alias, string shared) => alias + ".*";

    /// <summary>A count that can be less than nothing.</summary>
    public virtual string Signed(string count) => count;

    /// <summary>The window function of the row before: NULL in the first.</summary>
    public virtual string Lag(string number) => $"lag({number})";

    /// <summary>A condition whose values are chosen.</summary>
    public virtual string Truth(string condition) => condition;

    /// <summary>A uuid as what orders as its text does.</summary>
    public virtual string UuidOrder(string uuid) => uuid;

    /// <summary>A constant of 64 bits, or 128 where it is wide.</summary>
    public virtual string Bits(string number, bool wide) => $"CAST({number} AS {(wide ? "HUGEINT" : "BIGINT")})";

    public virtual string ShiftLeft(string bits, string by, bool wide) => $"{bits} << CAST({by} AS {(wide ? "HUGEINT" : "BIGINT")})";

    /// <summary>Whether two have a bit in common.</summary>
    public virtual string Meets(string bits, string other) => $"{bits} & {other} <> 0";
}
