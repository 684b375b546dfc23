using DuckDB.NET.Data;
using Headroom.Store.Sql;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>Of each function that the engine has somebody has decided whether statements may call it.</summary>
public sealed class SqlFunctionsTests
{
    /// <summary>They read the system, settings, files or the engine's insides, wait, or change something; or nobody needs them.</summary>
    private static readonly string[] Refused = """
        __internal_* icu_* pg_* has_* inet_* duckdb_* pragma_* read_* parquet_* st_*
        can_cast_implicitly cast_to_type col_description combine constant_or_null create_sort_key current_catalog current_connection_id
        current_database current_query current_query_id current_role current_schema current_schemas current_setting
        current_transaction_id current_user currval finalize format_pg_type format_type get_block_size get_type getvariable
        in_search_path json_deserialize_sql json_execute_serialized_sql json_serialize_plan json_serialize_sql make_type
        map_to_pg_oid nextval obj_description parse_duckdb_log_message replace_type session_user setseed shobj_description sleep_ms
        stats timetz_byte_comparable txid_current user variant_bytes_to_variant variant_normalize variant_to_parquet_variant
        vector_type version write_log
        arrow_scan arrow_scan_dumb check_peg_parser checkpoint disable_logging disable_peg_parser disable_profiling enable_logging
        enable_peg_parser enable_profiling force_checkpoint glob query query_table repeat_row seq_scan sniff_csv
        sql_auto_complete summary test_all_types test_vector_types truncate_duckdb_logs which_secret histogram_values
        """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Scalar functions or aggregates that are allowed, and relations that are not.</summary>
    private static readonly string[] NotInFrom = ["histogram", "repeat"];

    [Fact]
    public void Every_function_of_the_engine_is_allowed_or_refused_and_none_is_both()
    {
        var (scalars, tables) = Functions();
        Assert.True(scalars.Count > 600 && tables.Count > 50);
        Assert.DoesNotContain(scalars, f => SqlFunctions.Scalars.Contains(f) == IsRefused(f));
        Assert.DoesNotContain(tables, f => !NotInFrom.Contains(f) && SqlFunctions.Tables.Contains(f) == IsRefused(f));
        Assert.Empty(SqlFunctions.Tables.Intersect(NotInFrom));
    }

    [Fact]
    public void What_is_allowed_is_there()
    {
        var (scalars, tables) = Functions();

        // These are not functions in the engine's list: the parser or the binder makes them.
        string[] grammar = ["->", "coalesce", "grouping", "grouping_id", "unnest"];
        Assert.Empty(SqlFunctions.Scalars.Except(scalars).Except(grammar));
        Assert.Empty(SqlFunctions.Tables.Except(tables));
    }

    private static bool IsRefused(string name) => Refused.Any(r => r.EndsWith('*') ? name.StartsWith(r[..^1], StringComparison.Ordinal) : name == r);

    private static (HashSet<string> Scalars, HashSet<string> Tables) Functions()
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT DISTINCT lower(function_name), function_type FROM duckdb_functions() WHERE function_type <> 'pragma'";
        using var reader = command.ExecuteReader();
        var (scalars, tables) = (new HashSet<string>(), new HashSet<string>());
        while (reader.Read())
        {
            (reader.GetString(1).StartsWith("table", StringComparison.Ordinal) ? tables : scalars).Add(reader.GetString(0));
        }

        return (scalars, tables);
    }
}
