using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DuckDB.NET.Data;
using Headroom.Core;

namespace Headroom.Store.Sql;

/// <summary>What a statement that may run reads.</summary>
/// <param name="Relations">Of the names that the checker was made with, those that occur.</param>
/// <param name="Columns">Names of columns that occur, folded.</param>
/// <param name="AllColumns">Whether it may read columns that it does not name.</param>
internal sealed record CheckedSql(IReadOnlySet<string> Relations, IReadOnlySet<string> Columns, bool AllColumns)
{
    public bool Reads(string column) => AllColumns || Columns.Contains(SqlNames.Fold(column));
}

/// <summary>
/// Says of a user's statement whether it is one SELECT over the relations given that calls allowed functions only. It
/// asks DuckDB's own parser, so that there is no second opinion on what the text means, and refuses every kind of node
/// that it does not know. The first of three walls: the statement then runs in a process of its own
/// (<see cref="SqlProcess"/>), in an engine that can open nothing but the files of the relations.
/// </summary>
internal sealed class SqlChecker : IDisposable
{
    /// <summary>Characters. Bounds the parser's time, too.</summary>
    public const int MaxLength = 50_000;

    /// <summary>Of the syntax tree as JSON, about three levels for each level of the text.</summary>
    private const int MaxDepth = 600;

    /// <summary>The parser recurses.</summary>
    private const int StackBytes = 64 * 1024 * 1024;

    private static readonly SearchValues<char> InPaths = SearchValues.Create("/\\.:*?['\"");

    private readonly ImmutableHashSet<string> _relations;
    private readonly Lazy<DuckDBConnection> _parser;

    public SqlChecker(IEnumerable<string> relations)
    {
        _relations = [.. relations];
        _parser = new Lazy<DuckDBConnection>(Open);
    }

    public async ValueTask<CheckedSql> CheckAsync(string sql, int parameters)
    {
        if (string.IsNullOrWhiteSpace(sql))
        {
            throw Refused("Write a statement, for instance SELECT event, count(*) FROM events GROUP BY event.");
        }

        if (sql.Length > MaxLength)
        {
            throw Refused(string.Create(CultureInfo.InvariantCulture, $"A statement has at most {MaxLength} characters."));
        }

        if (sql.Contains('\0', StringComparison.Ordinal))
        {
            throw Refused("The statement has a NUL character.");
        }

        var done = new TaskCompletionSource<CheckedSql>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                done.SetResult(Check(sql, parameters));
            }
            catch (Exception e) when (e is SqlRefusedException or DuckDBException or JsonException or InvalidOperationException)
            {
                done.SetException(e is DuckDBException or JsonException ? Refused(FirstLine(e.Message)) : e);
            }
        }, StackBytes) { IsBackground = true, Name = "headroom-sql-parser" };
        thread.Start();
        return await done.Task.ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (_parser.IsValueCreated)
        {
            _parser.Value.Dispose();
        }
    }

    internal static SqlRefusedException Refused(string message) => new("sql", message);

    private static DuckDBConnection Open()
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SET GLOBAL threads = 1; SET GLOBAL memory_limit = '256MiB'; SET GLOBAL autoinstall_known_extensions = false; " +
            "SET GLOBAL autoload_known_extensions = false; SET GLOBAL enable_external_access = false; SET GLOBAL lock_configuration = true;";
        command.ExecuteNonQuery();
        return connection;
    }

    private CheckedSql Check(string sql, int parameters)
    {
        using var tree = JsonDocument.Parse(Parse(sql), new JsonDocumentOptions { MaxDepth = MaxDepth });
        var root = tree.RootElement;
        if (root.TryGetProperty("error", out var error) && error.GetBoolean())
        {
            throw Refused(ParserMessage(root, sql));
        }

        var statements = root.GetProperty("statements");
        if (statements.GetArrayLength() != 1)
        {
            throw Refused(statements.GetArrayLength() == 0 ? "There is no statement." : "Send one statement at a time.");
        }

        var walk = new Walk(_relations);
        walk.Any(statements[0], []);
        return walk.Parameters == parameters
            ? walk.Found()
            : throw new SqlRefusedException("parameters", string.Create(CultureInfo.InvariantCulture,
                $"The statement has {walk.Parameters} parameters ($1 …), and {parameters} values came."));
    }

    private string Parse(string sql)
    {
        using var connection = _parser.Value.Duplicate();
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR), skip_null := true, skip_empty := true, skip_default := true) AS VARCHAR)";
        command.Parameters.Add(new DuckDBParameter(sql));
        return (string)command.ExecuteScalar()!;
    }

    private static string ParserMessage(JsonElement error, string sql)
    {
        var message = error.GetProperty("error_message").GetString()!;
        if (message.StartsWith("Only SELECT", StringComparison.Ordinal))
        {
            return "Only SELECT can be run here. (PIVOT works as FROM (PIVOT … ON column IN (values) USING …).)";
        }

        if (message.StartsWith("Max expression depth", StringComparison.Ordinal) || message.StartsWith("memory exhausted", StringComparison.Ordinal))
        {
            return "The statement is nested too deeply, or has too long a chain of operators.";
        }

        if (error.TryGetProperty("position", out var position) && int.TryParse(position.GetString(), CultureInfo.InvariantCulture, out var bytes))
        {
            var before = Before(sql, bytes);
            var line = before.Count('\n') + 1;
            return string.Create(CultureInfo.InvariantCulture, $"Line {line}, character {before.Length - (before.LastIndexOf('\n') + 1) + 1}: {message}.");
        }

        return message + ".";
    }

    /// <summary>The text before a position in its UTF-8.</summary>
    private static ReadOnlySpan<char> Before(string sql, int bytes)
    {
        var utf8 = Encoding.UTF8.GetBytes(sql);
        return sql.AsSpan(0, Math.Min(sql.Length, Encoding.UTF8.GetCharCount(utf8, 0, Math.Clamp(bytes, 0, utf8.Length))));
    }

    private static string FirstLine(string message) => message.AsSpan().IndexOf('\n') is var end && end < 0 ? message : message[..end];

    /// <summary>One walk over a syntax tree.</summary>
    private sealed class Walk(ImmutableHashSet<string> relations)
    {
        private readonly HashSet<string> _used = new(StringComparer.Ordinal);
        private readonly HashSet<string> _columns = new(StringComparer.Ordinal);
        private readonly HashSet<string> _rows = new(StringComparer.Ordinal);
        private readonly HashSet<string> _single = new(StringComparer.Ordinal);
        private bool _all;

        /// <summary>The highest number of a parameter.</summary>
        public int Parameters { get; private set; }

        /// <summary>A name that is a relation's and stands alone means its whole row.</summary>
        public CheckedSql Found() => new(_used, _columns, _all || _single.Overlaps(_rows));

        /// <param name="visible">Common table expressions that can be named here, folded.</param>
        public void Any(JsonElement element, ImmutableHashSet<string> visible)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray())
                    {
                        Any(item, visible);
                    }

                    break;
                case JsonValueKind.Object:
                    if (Text(element, "class") is { } expression)
                    {
                        Expression(expression, element, visible);
                    }
                    else if (Text(element, "type") is { } node)
                    {
                        Node(node, element, visible);
                    }
                    else
                    {
                        Members(element, visible);
                    }

                    break;
            }
        }

        private void Members(JsonElement element, ImmutableHashSet<string> visible, params ReadOnlySpan<string> except)
        {
            foreach (var member in element.EnumerateObject())
            {
                if (!except.Contains(member.Name))
                {
                    Any(member.Value, visible);
                }
            }
        }

        private void Expression(string kind, JsonElement element, ImmutableHashSet<string> visible)
        {
            switch (kind)
            {
                case "FUNCTION" or "WINDOW":
                    Function(element, SqlFunctions.Scalars, "");
                    Members(element, visible);
                    break;
                case "CONSTANT":
                    break;
                case "COLUMN_REF":
                    Column(element);
                    break;
                case "STAR" or "POSITIONAL_REFERENCE":
                    _all = true;
                    Members(element, visible);
                    break;
                case "PARAMETER":
                    Parameter(element);
                    break;
                case "COMPARISON" or "CONJUNCTION" or "OPERATOR" or "CAST" or "CASE" or "BETWEEN" or "SUBQUERY" or "LAMBDA" or "LAMBDA_REF" or
                    "COLLATE" or "DEFAULT" or "TYPE":
                    Members(element, visible);
                    break;
                default:
                    throw Refused($"{kind} cannot be used here.");
            }
        }

        private void Node(string kind, JsonElement element, ImmutableHashSet<string> visible)
        {
            switch (kind)
            {
                case "SELECT_NODE" or "SET_OPERATION_NODE":
                    Members(element, WithCommonTables(element, visible), "cte_map");
                    break;
                case "RECURSIVE_CTE_NODE":
                    var within = WithCommonTables(element, visible);
                    Members(element, within, "cte_map", "right");
                    Any(element.GetProperty("right"), within.Add(CommonTable(Text(element, "cte_name") ?? "")));
                    break;
                case "BASE_TABLE":
                    Table(element, visible);
                    Members(element, visible);
                    break;
                case "TABLE_FUNCTION":
                    var function = element.GetProperty("function");
                    Function(function, SqlFunctions.Tables, " in FROM");
                    Members(function, visible);
                    Members(element, visible, "function");
                    break;
                case "JOIN":
                    _all |= Text(element, "ref_type") is "NATURAL";
                    Names(element, "using_columns");
                    Members(element, visible);
                    break;
                case "PIVOT":
                    _all = true;
                    Members(element, visible);
                    break;
                case "SHOW_REF":
                    if (Text(element, "show_type") is not ("DESCRIBE" or "SUMMARY") || Text(element, "table_name") is not null || !element.TryGetProperty("query", out _))
                    {
                        throw Refused("SHOW cannot be used here; GET …/sql/schema lists what there is.");
                    }

                    // What it sees of common table expressions is not sure: nothing.
                    Members(element, []);
                    break;
                case "SUBQUERY" or "EMPTY" or "EXPRESSION_LIST" or
                    "ORDER_MODIFIER" or "LIMIT_MODIFIER" or "LIMIT_PERCENT_MODIFIER" or "DISTINCT_MODIFIER" or
                    "ORDER_DEFAULT" or "ASCENDING" or "DESCENDING":
                    Members(element, visible);
                    break;
                default:
                    if (!kind.EndsWith("_TYPE_INFO", StringComparison.Ordinal))
                    {
                        throw Refused($"{kind} cannot be used here.");
                    }

                    Members(element, visible);
                    break;
            }
        }

        /// <summary>Each common table expression sees those before it, and not itself: there its name is a relation's.</summary>
        private ImmutableHashSet<string> WithCommonTables(JsonElement element, ImmutableHashSet<string> visible)
        {
            if (!element.TryGetProperty("cte_map", out var map) || !map.TryGetProperty("map", out var entries))
            {
                return visible;
            }

            foreach (var entry in entries.EnumerateArray())
            {
                Any(entry.GetProperty("value"), visible);
                visible = visible.Add(CommonTable(Text(entry, "key") ?? ""));
            }

            return visible;
        }

        private string CommonTable(string name)
        {
            if (name.AsSpan().ContainsAny(InPaths))
            {
                throw Refused($"{name} is no name for a common table expression here.");
            }

            _rows.Add(SqlNames.Fold(name));
            return SqlNames.Fold(name);
        }

        private void Table(JsonElement element, ImmutableHashSet<string> visible)
        {
            var name = SqlNames.Fold(Text(element, "table_name") ?? "");
            if (Text(element, "schema_name") is not (null or "") || Text(element, "catalog_name") is not (null or "") || element.TryGetProperty("at_clause", out _))
            {
                throw Refused($"Name relations without a schema; there are {Listed()}.");
            }

            if (!visible.Contains(name))
            {
                if (!relations.Contains(name))
                {
                    throw Refused($"There is no relation {Shown(Text(element, "table_name"))}; there are {Listed()}.");
                }

                _used.Add(name);
            }

            _rows.Add(name);
            if (Text(element, "alias") is { } alias)
            {
                _rows.Add(SqlNames.Fold(alias));
            }

            // Names given by position may stand for any column.
            _all |= element.TryGetProperty("column_name_alias", out _);
        }

        private static void Function(JsonElement element, FrozenSet<string> allowed, string where)
        {
            var name = Text(element, "function_name") ?? "";
            if (!allowed.Contains(SqlNames.Fold(name)) || Text(element, "schema") is not (null or "" or "main") || Text(element, "catalog") is not (null or ""))
            {
                throw Refused($"The function {Shown(name)} cannot be used{where} here.");
            }
        }

        private void Column(JsonElement element)
        {
            var names = element.GetProperty("column_names");
            foreach (var name in names.EnumerateArray())
            {
                _columns.Add(SqlNames.Fold(name.GetString() ?? ""));
            }

            if (names.GetArrayLength() == 1)
            {
                _single.Add(SqlNames.Fold(names[0].GetString() ?? ""));
            }
        }

        private void Names(JsonElement element, string member)
        {
            if (element.TryGetProperty(member, out var names))
            {
                foreach (var name in names.EnumerateArray())
                {
                    _columns.Add(SqlNames.Fold(name.GetString() ?? ""));
                }
            }
        }

        private void Parameter(JsonElement element)
        {
            if (!int.TryParse(Text(element, "identifier"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 1_000)
            {
                throw Refused("Parameters are numbered: $1, $2 … or ?.");
            }

            Parameters = Math.Max(Parameters, number);
        }

        private string Listed() => string.Join(", ", relations.Order(StringComparer.Ordinal));

        private static string Shown(string? name) => name is null or "" ? "without a name" : name.Length <= 100 ? name : name[..100] + "…";

        private static string? Text(JsonElement element, string member) =>
            element.TryGetProperty(member, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
    }
}
