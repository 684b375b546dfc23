using System.Text.Json;
using Headroom.Core;
using Headroom.Store.Sql;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>Attempts to leave the project, or to take the server with one: each is refused in words, within its bounds.</summary>
public sealed class SqlEscapesTests(ImpatientSqlHost host) : IClassFixture<ImpatientSqlHost>
{
    private const string Deep = "{deep}";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string, string> Escapes => new()
    {
        // Other files.
        { "a file as a relation", "SELECT * FROM '/etc/passwd'" },
        { "a csv file as a relation", "SELECT * FROM '/tmp/x.csv'" },
        { "a parquet file as a relation", "SELECT * FROM 'x.parquet'" },
        { "a file as a quoted identifier", "SELECT * FROM \"/etc/passwd\"" },
        { "a file without SELECT", "FROM '/etc/passwd'" },
        { "a relative path", "SELECT * FROM '../control.db'" },
        { "a glob as a relation", "SELECT * FROM '/data/*/*.parquet'" },
        { "a json file", "SELECT * FROM 'x.json'" },
        { "a compressed file", "SELECT * FROM '/var/log/syslog.csv.gz'" },
        { "a file in a join", "SELECT * FROM events JOIN '/etc/passwd' ON true" },
        { "a file in a subquery", "SELECT (SELECT count(*) FROM '/etc/passwd')" },
        { "a file in EXISTS", "SELECT 1 WHERE EXISTS (FROM '/etc/passwd')" },
        { "a file behind a union", "SELECT 1 UNION ALL SELECT 1 FROM '/etc/passwd'" },
        { "a file in a lateral join", "SELECT * FROM events e, LATERAL (SELECT * FROM '/etc/passwd' WHERE e.event = 'x')" },
        { "read_text", "SELECT * FROM read_text('/etc/passwd')" },
        { "read_blob", "SELECT * FROM read_blob('/etc/passwd')" },
        { "read_csv", "SELECT * FROM read_csv('/etc/passwd')" },
        { "read_csv_auto", "SELECT * FROM read_csv_auto('/etc/passwd')" },
        { "read_csv in capitals", "SELECT * FROM READ_CSV('/etc/passwd')" },
        { "read_csv quoted", "SELECT * FROM \"read_csv\"('/etc/passwd')" },
        { "read_csv of main", "SELECT * FROM main.read_csv('/etc/passwd')" },
        { "read_csv of system.main", "SELECT * FROM system.main.read_csv('/etc/passwd')" },
        { "read_csv behind a comment", "SELECT * FROM read_csv/**/('/etc/passwd')" },
        { "read_json", "SELECT * FROM read_json('/etc/passwd')" },
        { "read_json_auto", "SELECT * FROM read_json_auto('x.json')" },
        { "read_json_objects", "SELECT * FROM read_json_objects('/etc/passwd')" },
        { "read_ndjson", "SELECT * FROM read_ndjson('/etc/passwd')" },
        { "read_ndjson_objects", "SELECT * FROM read_ndjson_objects('/etc/passwd')" },
        { "read_parquet", "SELECT * FROM read_parquet('x.parquet')" },
        { "read_parquet of this project", "SELECT * FROM read_parquet('{own}')" },
        { "read_parquet of another project", "SELECT * FROM read_parquet('{other}')" },
        { "another project's segment as a relation", "SELECT * FROM '{other}'" },
        { "all segments by a glob", "SELECT * FROM read_parquet('{root}/segments/**/*.parquet')" },
        { "parquet_scan", "SELECT * FROM parquet_scan('{other}')" },
        { "parquet_metadata", "SELECT * FROM parquet_metadata('{other}')" },
        { "parquet_schema", "SELECT * FROM parquet_schema('{other}')" },
        { "parquet_file_metadata", "SELECT * FROM parquet_file_metadata('{other}')" },
        { "parquet_kv_metadata", "SELECT * FROM parquet_kv_metadata('{other}')" },
        { "parquet_full_metadata", "SELECT * FROM parquet_full_metadata('{other}')" },
        { "parquet_bloom_probe", "SELECT * FROM parquet_bloom_probe('{other}', 'event', 'x')" },
        { "the catalog", "SELECT * FROM sqlite_scan('{root}/catalog.db', 'segments')" },
        { "read_duckdb", "SELECT * FROM read_duckdb('{root}/catalog.db')" },
        { "sniff_csv", "SELECT * FROM sniff_csv('/etc/passwd')" },
        { "glob", "SELECT * FROM glob('/**')" },
        { "glob as a scalar", "SELECT glob('/*')" },
        { "arrow_scan", "SELECT * FROM arrow_scan(1::UBIGINT, 1::UBIGINT, 1::UBIGINT)" },
        { "seq_scan", "SELECT * FROM seq_scan('events')" },
        { "a file's name", "SELECT filename FROM events" },
        { "a file's row number", "SELECT file_row_number FROM events" },
        { "the row id", "SELECT file_index FROM events" },

        // The network.
        { "http", "SELECT * FROM 'http://localhost:1/x.parquet'" },
        { "https", "SELECT * FROM read_csv('https://example.com/x.csv')" },
        { "s3", "SELECT * FROM read_parquet('s3://bucket/x.parquet')" },
        { "a file address", "SELECT * FROM 'file:///etc/passwd'" },
        { "postgres_scan", "SELECT * FROM postgres_scan('host=localhost', 'public', 't')" },
        { "mysql", "SELECT * FROM mysql_query('x', 'SELECT 1')" },

        // Other statements.
        { "attach", "ATTACH '/tmp/x.db' AS x" },
        { "attach sqlite", "ATTACH '{root}/catalog.db' (TYPE sqlite)" },
        { "detach", "DETACH memory" },
        { "use", "USE system" },
        { "copy to", "COPY (SELECT 1) TO '/tmp/headroom-escape.csv'" },
        { "copy events to", "COPY events TO '/tmp/headroom-escape.parquet' (FORMAT parquet)" },
        { "copy from", "COPY events FROM '/etc/passwd'" },
        { "export", "EXPORT DATABASE '/tmp/headroom-escape'" },
        { "import", "IMPORT DATABASE '/tmp/headroom-escape'" },
        { "install", "INSTALL httpfs" },
        { "install from elsewhere", "INSTALL x FROM 'http://localhost:1'" },
        { "load", "LOAD httpfs" },
        { "load a library", "LOAD '/tmp/x.duckdb_extension'" },
        { "set", "SET memory_limit = '100GB'" },
        { "set external access", "SET enable_external_access = true" },
        { "set global", "SET GLOBAL threads = 64" },
        { "reset", "RESET memory_limit" },
        { "set a variable", "SET VARIABLE x = 1" },
        { "pragma", "PRAGMA database_list" },
        { "pragma with a value", "PRAGMA memory_limit='100GB'" },
        { "call", "CALL pragma_version()" },
        { "create table", "CREATE TABLE t AS SELECT 1" },
        { "create temporary table", "CREATE TEMP TABLE t AS SELECT * FROM events" },
        { "create view", "CREATE OR REPLACE VIEW events AS SELECT 1" },
        { "create macro", "CREATE MACRO f(x) AS x + 1" },
        { "create table macro", "CREATE MACRO f() AS TABLE SELECT * FROM read_csv('/etc/passwd')" },
        { "create type", "CREATE TYPE t AS ENUM ('a')" },
        { "create sequence", "CREATE SEQUENCE s" },
        { "create schema", "CREATE SCHEMA s" },
        { "create secret", "CREATE SECRET (TYPE s3, KEY_ID 'x', SECRET 'y')" },
        { "create index", "CREATE INDEX i ON events(event)" },
        { "create function", "CREATE FUNCTION f() AS 1" },
        { "insert", "INSERT INTO events VALUES (1)" },
        { "update", "UPDATE events SET event = 'x'" },
        { "delete", "DELETE FROM events" },
        { "truncate", "TRUNCATE events" },
        { "drop", "DROP VIEW events" },
        { "alter", "ALTER VIEW events RENAME TO e" },
        { "comment on", "COMMENT ON VIEW events IS 'x'" },
        { "merge", "MERGE INTO events USING events e ON true WHEN MATCHED THEN DELETE" },
        { "begin", "BEGIN TRANSACTION" },
        { "commit", "COMMIT" },
        { "rollback", "ROLLBACK" },
        { "checkpoint", "CHECKPOINT" },
        { "force checkpoint", "FORCE CHECKPOINT" },
        { "vacuum", "VACUUM" },
        { "analyze", "ANALYZE" },
        { "explain", "EXPLAIN SELECT 1" },
        { "explain analyze", "EXPLAIN ANALYZE SELECT * FROM events" },
        { "prepare", "PREPARE p AS SELECT 1" },
        { "execute", "EXECUTE p" },
        { "deallocate", "DEALLOCATE p" },
        { "show tables", "SHOW TABLES" },
        { "show all tables", "SHOW ALL TABLES" },
        { "show databases", "SHOW DATABASES" },
        { "show a setting", "SHOW memory_limit" },
        { "show as a relation", "SELECT * FROM (SHOW TABLES)" },
        { "describe a file", "DESCRIBE '/etc/passwd'" },
        { "describe a select of a file", "DESCRIBE SELECT * FROM '/etc/passwd'" },
        { "summarize a file", "SUMMARIZE '{other}'" },
        { "pivot without values", "PIVOT events ON event USING count(*)" },
        { "pivot of a file", "FROM (PIVOT '{other}' ON event IN ('a') USING count(*))" },
        { "unpivot of a file", "UNPIVOT '{other}' ON event INTO NAME n VALUE v" },
        { "insert in a common table expression", "WITH x AS (INSERT INTO events VALUES (1) RETURNING *) SELECT * FROM x" },
        { "copy in a common table expression", "WITH x AS (COPY events TO '/tmp/headroom-escape') SELECT 1" },

        // Several at once, comments, odd characters.
        { "two statements", "SELECT 1; SELECT 2" },
        { "a statement behind", "SELECT 1; ATTACH '/tmp/x.db'" },
        { "a statement in front", "SET threads = 64; SELECT 1" },
        { "a statement behind a comment", "SELECT 1 -- done\n; COPY events TO '/tmp/headroom-escape'" },
        { "a statement behind an open comment", "SELECT 1 /* ; */; DROP VIEW events" },
        { "an open comment", "SELECT 1 /* " },
        { "an open text", "SELECT 'abc" },
        { "nothing", " \n " },
        { "only a comment", "-- nothing" },
        { "only semicolons", ";;;" },
        { "a closing bracket", "SELECT 1) TO '/tmp/headroom-escape' (FORMAT csv); --" },
        { "wide letters", "ＳＥＬＥＣＴ * FROM read_csv('/etc/passwd')" },
        { "a long s", "SELECT * FROM eventſ" },
        { "a dotless i", "SELECT * FROM sessıons" },
        { "a wide name of a function", "SELECT * FROM ｒｅａｄ_csv('/etc/passwd')" },
        { "a zero-width space", "SELECT * FROM read\u200b_csv('/etc/passwd')" },
        { "a no-break space", "SELECT\u00a0*\u00a0FROM\u00a0read_csv('/etc/passwd')" },
        { "a byte order mark", "\ufeffSELECT * FROM read_csv('/etc/passwd')" },
        { "a NUL", "SELECT 1\0; DROP VIEW events" },
        { "an escaped text", "SELECT * FROM read_csv(E'\\x2fetc\\x2fpasswd')" },
        { "a dollar-quoted text", "SELECT * FROM read_csv($$/etc/passwd$$)" },
        { "a unicode escape", "SELECT * FROM U&\"\\0072ead_csv\"('/etc/passwd')" },

        // Catalogs and the system.
        { "information_schema", "SELECT * FROM information_schema.tables" },
        { "information_schema of columns", "SELECT * FROM information_schema.columns" },
        { "pg_catalog", "SELECT * FROM pg_catalog.pg_class" },
        { "pg_tables", "SELECT * FROM pg_tables" },
        { "sqlite_master", "SELECT * FROM sqlite_master" },
        { "duckdb_settings", "SELECT * FROM duckdb_settings()" },
        { "duckdb_settings without brackets", "SELECT * FROM duckdb_settings" },
        { "duckdb_views, which show paths", "SELECT sql FROM duckdb_views()" },
        { "duckdb_tables", "SELECT * FROM duckdb_tables()" },
        { "duckdb_columns", "SELECT * FROM duckdb_columns()" },
        { "duckdb_databases", "SELECT * FROM duckdb_databases()" },
        { "duckdb_secrets", "SELECT * FROM duckdb_secrets()" },
        { "duckdb_extensions", "SELECT * FROM duckdb_extensions()" },
        { "duckdb_functions", "SELECT * FROM duckdb_functions()" },
        { "duckdb_memory", "SELECT * FROM duckdb_memory()" },
        { "duckdb_temporary_files", "SELECT * FROM duckdb_temporary_files()" },
        { "duckdb_logs", "SELECT * FROM duckdb_logs()" },
        { "duckdb_variables", "SELECT * FROM duckdb_variables()" },
        { "duckdb_prepared_statements", "SELECT * FROM duckdb_prepared_statements()" },
        { "duckdb_external_file_cache", "SELECT * FROM duckdb_external_file_cache()" },
        { "pragma_table_info", "SELECT * FROM pragma_table_info('events')" },
        { "pragma_database_size", "SELECT * FROM pragma_database_size()" },
        { "pragma_platform", "SELECT * FROM pragma_platform()" },
        { "pragma_version", "SELECT * FROM pragma_version()" },
        { "pragma_user_agent", "SELECT * FROM pragma_user_agent()" },
        { "pragma_show", "SELECT * FROM pragma_show('events')" },
        { "pragma_storage_info", "SELECT * FROM pragma_storage_info('events')" },
        { "which_secret", "SELECT * FROM which_secret('s3://x', 's3')" },
        { "icu_calendar_names", "SELECT * FROM icu_calendar_names()" },
        { "test_all_types", "SELECT * FROM test_all_types()" },
        { "sql_auto_complete", "SELECT * FROM sql_auto_complete('SEL')" },
        { "enable_logging", "SELECT * FROM enable_logging()" },
        { "enable_profiling", "SELECT * FROM enable_profiling()" },
        { "checkpoint as a function", "SELECT * FROM checkpoint()" },
        { "query", "SELECT * FROM query('SELECT * FROM read_csv(''/etc/passwd'')')" },
        { "query_table", "SELECT * FROM query_table('duckdb_settings')" },
        { "json_execute_serialized_sql", "SELECT * FROM json_execute_serialized_sql('{}')" },
        { "json_serialize_sql", "SELECT json_serialize_sql('SELECT 1')" },
        { "json_deserialize_sql", "SELECT json_deserialize_sql('{}')" },
        { "json_serialize_plan", "SELECT json_serialize_plan('SELECT * FROM events')" },
        { "getenv", "SELECT getenv('HOME')" },
        { "current_setting", "SELECT current_setting('memory_limit')" },
        { "current_setting in a nested call", "SELECT upper(concat('a', current_setting('temp_directory')))" },
        { "current_setting in a lambda", "SELECT list_transform([1], x -> current_setting('temp_directory'))" },
        { "current_setting in ORDER BY", "SELECT 1 ORDER BY current_setting('temp_directory')" },
        { "current_setting in a window", "SELECT sum(1) OVER (PARTITION BY current_setting('temp_directory'))" },
        { "current_setting in LIMIT", "SELECT 1 LIMIT current_setting('threads')::INT" },
        { "current_setting in FILTER", "SELECT count(*) FILTER (WHERE current_setting('threads') = '1')" },
        { "current_setting in VALUES", "VALUES (current_setting('threads'))" },
        { "current_setting in a table function", "SELECT * FROM range(current_setting('threads')::INT)" },
        { "current_setting in a join", "SELECT 1 FROM events a JOIN events b ON current_setting('threads') = '1'" },
        { "current_setting in QUALIFY", "SELECT 1 FROM events QUALIFY current_setting('threads') = '1'" },
        { "current_setting in HAVING", "SELECT 1 FROM events HAVING current_setting('threads') = '1'" },
        { "current_setting in CASE", "SELECT CASE WHEN true THEN current_setting('threads') END" },
        { "current_setting by its operator's dot", "SELECT 'threads'.current_setting()" },
        { "current_setting of main", "SELECT main.current_setting('threads')" },
        { "current_setting of pg_catalog", "SELECT pg_catalog.current_setting('threads')" },
        { "getvariable", "SELECT getvariable('x')" },
        { "version", "SELECT version()" },
        { "current_database", "SELECT current_database()" },
        { "current_schemas", "SELECT current_schemas(true)" },
        { "current_query", "SELECT current_query()" },
        { "txid_current", "SELECT txid_current()" },
        { "in_search_path", "SELECT in_search_path('main', 'main')" },
        { "nextval", "SELECT nextval('s')" },
        { "currval", "SELECT currval('s')" },
        { "setseed", "SELECT setseed(0.5)" },
        { "pg_sleep", "SELECT pg_sleep(100)" },
        { "sleep_ms", "SELECT sleep_ms(100000)" },
        { "write_log", "SELECT write_log('x')" },
        { "stats", "SELECT stats(event) FROM events" },
        { "vector_type", "SELECT vector_type(event) FROM events" },
        { "pg_typeof", "SELECT pg_typeof(1)" },
        { "has_table_privilege", "SELECT has_table_privilege('events', 'select')" },
        { "inet_server_addr", "SELECT inet_server_addr()" },
        { "pg_get_viewdef", "SELECT pg_get_viewdef(1)" },
        { "histogram as a relation", "SELECT * FROM histogram('duckdb_settings', 'name')" },
        { "lo_import", "SELECT lo_import('/etc/passwd')" },
        { "xp_cmdshell", "SELECT xp_cmdshell('id')" },
        { "load_extension", "SELECT load_extension('x')" },
        { "readfile", "SELECT readfile('/etc/passwd')" },
        { "st_read", "SELECT * FROM st_read('/etc/passwd')" },

        // Names.
        { "another relation", "SELECT * FROM other" },
        { "a schema", "SELECT * FROM main.events" },
        { "a catalog", "SELECT * FROM memory.main.events" },
        { "another project's relation", "SELECT * FROM project_2.events" },
        { "temp", "SELECT * FROM temp.events" },
        { "the past", "SELECT * FROM events AT (VERSION => 1)" },
        { "overrides", "SELECT * FROM overrides" },
        { "a common table expression out of scope", "SELECT * FROM (WITH duckdb_settings AS (SELECT 1) SELECT * FROM duckdb_settings), duckdb_settings" },
        { "a common table expression before its turn", "WITH a AS (SELECT * FROM duckdb_settings), duckdb_settings AS (SELECT 1) SELECT * FROM a" },
        { "a common table expression that reads itself", "WITH duckdb_settings AS (SELECT * FROM duckdb_settings) SELECT * FROM duckdb_settings" },
        { "a common table expression called like a file", "WITH \"/etc/passwd\" AS (SELECT 1) SELECT * FROM \"/etc/passwd\"" },
        { "a recursive one whose beginning reads itself", "WITH RECURSIVE pg_tables AS (SELECT * FROM pg_tables UNION ALL SELECT * FROM pg_tables) SELECT * FROM pg_tables" },
        { "a common table expression in DESCRIBE", "WITH duckdb_settings AS (SELECT 1) SELECT * FROM (DESCRIBE duckdb_settings)" },
        { "a common table expression of one side", "(WITH pg_tables AS (SELECT 1) SELECT * FROM pg_tables) UNION ALL SELECT 1 FROM pg_tables" },
        { "an alias as a relation", "SELECT * FROM events AS pg_tables, (SELECT * FROM pg_tables)" },
        { "another project's rows", "SELECT password FROM events" },
        { "a parameter too few", "SELECT $1" },
        { "a parameter by name", "SELECT $name" },
        { "an unknown type", "SELECT 1::regclass" },
        { "an unknown column", "SELECT nothing FROM events" },

        // Past a bound.
        { "a list of 10^12", "SELECT len(range(1000000000000))" },
        { "rows without end", "SELECT count(*) FROM range(1000000000000)" },
        { "a cross join", "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = -1" },
        { "a cross join of events", "SELECT count(*) FROM range(10000000) a, range(10000000) b, events c WHERE hash(a.range, b.range) = 0" },
        { "recursion without end", "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t" },
        { "recursion that doubles", "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n FROM t, range(2)) SELECT count(*) FROM t" },
        { "a text that doubles", "WITH RECURSIVE t AS (SELECT 'x' AS x UNION ALL SELECT x || x FROM t) SELECT max(length(x)) FROM t" },
        { "a text of 10^10", "SELECT length(repeat('x', 10000000000))" },
        { "a text of 2·10^9", "SELECT length(repeat('x', 2000000000))" },
        { "a text of 4·10^8, which takes long", "SELECT length(reverse(repeat('ä', 200000000)))" },
        { "lpad", "SELECT length(lpad('x', 2000000000, 'y'))" },
        { "rpad", "SELECT length(rpad('x', 2000000000, 'ä'))" },
        { "format", "SELECT length(format('{:>2000000000}', 'x'))" },
        { "printf", "SELECT length(printf('%2000000000d', 1))" },
        { "regexp_replace", "SELECT length(regexp_replace(repeat('x', 100000), 'x', repeat('y', 100000), 'g'))" },
        { "replace", "SELECT length(replace(repeat('x', 100000), 'x', repeat('y', 100000)))" },
        { "a list of lists", "SELECT len(list_transform(range(100000), x -> range(100000)))" },
        { "list_resize", "SELECT len(list_resize([1], 4000000000))" },
        { "a list of all", "SELECT len(list(a.range)) FROM range(100000000) a" },
        { "string_agg", "SELECT length(string_agg(a.range::VARCHAR, ',')) FROM range(1000000000) a" },
        { "a map of all", "SELECT histogram(a.range) FROM range(100000000) a" },
        { "distinct without end", "SELECT count(DISTINCT hash(range)) FROM range(10000000000)" },
        { "sorting without end", "SELECT hash(range) AS h FROM range(10000000000) ORDER BY h LIMIT 1" },
        { "a window over all", "SELECT sum(range) OVER (ORDER BY hash(range)) FROM range(1000000000) LIMIT 1" },
        { "a bit string", "SELECT bit_count(bitstring('1', 2000000000))" },
        { "bar", "SELECT length(bar(1, 0, 1, 2000000000))" },
        { "factorials", "SELECT factorial(100000)" },
        { "a regular expression that is large", "SELECT regexp_matches('x', repeat('(a{1000}){1000}', 1000))" },
        { "too many rows", "SELECT * FROM range(5001)" },
        { "too many bytes", "SELECT repeat('x', 10000) FROM range(200)" },
        { "nested brackets", "SELECT " + Deep + "(|1|)" },
        { "nested lists", "SELECT " + Deep + "[||]" },
        { "nested NOT", "SELECT " + Deep + "NOT |true|" },
        { "nested subqueries", "SELECT * FROM " + Deep + "(SELECT * FROM |events|)" },
        { "nested CASE", "SELECT " + Deep + "CASE WHEN true THEN |1| END" },
        { "nested common table expressions", Deep + "WITH a AS (|SELECT 1|) SELECT 1" },
        { "nested lambdas", "SELECT " + Deep + "list_transform([1], x -> |x|)" },
        { "a long sum", "SELECT 1" + Deep + "|| + 1" },
        { "a long chain of casts", "SELECT 1" + Deep + "||::INT" },
        { "a long chain of indexes", "SELECT a" + Deep + "||[1]" },
        { "a long chain of joins", "SELECT 1 FROM events" + Deep + "||,events" },
        { "a statement that is too long", "SELECT " + new string(' ', 50_000) + "1" },
    };

    /// <summary>Of the above, those that would read or write outside if the first wall were not there.</summary>
    public static TheoryData<string> Outside =>
    [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_json_objects('/etc/passwd')",
        "SELECT * FROM read_parquet('{other}')",
        "SELECT * FROM '{other}'",
        "SELECT * FROM parquet_metadata('{other}')",
        "SELECT * FROM read_parquet('{root}/segments/*/*.parquet')",
        "SELECT * FROM read_text('{root}/catalog.db')",
        "SELECT * FROM read_text('{root}/segments/1/../2/x.parquet')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM glob('{root}/**')",
        "SELECT * FROM 'http://localhost:1/x.parquet'",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/headroom-escape.csv'",
        "COPY (SELECT 1) TO '{root}/segments/1/x.parquet' (FORMAT parquet)",
        "ATTACH '/tmp/headroom-escape.db'",
        "ATTACH '{root}/catalog.db' (TYPE sqlite)",
        "EXPORT DATABASE '/tmp/headroom-escape'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET GLOBAL allowed_paths = ['/etc/passwd']",
        "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
        "SELECT getenv('PATH')",
        "SELECT password FROM events",
    ];

    [Fact]
    public void There_are_more_than_a_hundred_attempts_of_different_names()
    {
        var names = Escapes.Select(e => e.Data.Item1).ToList();
        Assert.True(names.Count >= 100);
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Escapes))]
    public async Task It_is_refused(string name, string sql)
    {
        var (status, body, took) = await host.AskAsync(Written(sql));
        Assert.True(status is 400 or 422, $"{name}: {status} {body}");
        var text = body.TryGetProperty("errors", out var errors)
            ? string.Join(' ', errors.EnumerateObject().SelectMany(e => e.Value.EnumerateArray()).Select(e => e.GetString()))
            : body.GetProperty("detail").GetString()!;
        Assert.True(text.Length > 10, $"{name}: {text}");

        // Who wrote a path knows it; nobody learns one.
        Assert.True(Written(sql).Contains(host.Root, StringComparison.Ordinal) || !text.Contains(host.Root, StringComparison.Ordinal), $"{name}: {text}");
        Assert.DoesNotContain("hunter2", body.GetRawText(), StringComparison.Ordinal);
        Assert.True(took < Patience, $"{name}: {took}");
        Assert.False(File.Exists("/tmp/headroom-escape.csv"));
        if (status == 422)
        {
            Assert.Contains(body.GetProperty("bound").GetString(), (string[])["time", "memory", "rows", "size"]);
            Assert.Contains("Headroom:", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Outside))]
    public async Task The_second_wall_holds_without_the_first(string sql)
    {
        var state = host.Store.State.Project(new ProjectId(1));
        var question = new SqlQuestion
        {
            Project = new ProjectId(1), Sql = Written(sql), MaxRows = 10, Cut = true, MaxBytes = 1_000_000, Timeout = Patience,
        };
        var read = new CheckedSql(new HashSet<string> { "events", "persons", "sessions" }, new HashSet<string>(), true);
        using var workers = new SqlWorkers(host.Store.Files.Spill, TimeProvider.System);
        var process = new SqlProcess(host.Store.Files, host.Options, workers);

        // In a process that is started for it, then in one that waited.
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(i == 0, workers.Ahead is null);
            var (outcome, directory) = await process.RunAsync(question, read, state, state.Segments, true, Patience, TestContext.Current.CancellationToken);
            Assert.Equal((SqlFailure.None, ""), (outcome.Failure is SqlFailure.None ? SqlFailure.Statement : SqlFailure.None, directory));
            await workers.PrepareAsync();
        }
    }

    [Fact]
    public async Task After_all_of_this_an_ordinary_statement_is_answered() =>
        Assert.Equal("[[4]]", await host.RowsAsync("SELECT count(*) FROM events"));

    private string Written(string sql)
    {
        sql = sql.Replace("{other}", host.OtherSegment, StringComparison.Ordinal).Replace("{own}", host.OwnSegment, StringComparison.Ordinal)
            .Replace("{root}", host.Root, StringComparison.Ordinal);
        if (sql.Split(Deep) is not [var before, var nested])
        {
            return sql;
        }

        var (open, inside, close) = nested.Split('|') is [var o, var i, var c] ? (o, i, c) : throw new JsonException(nested);
        var times = Math.Min(12_000, 45_000 / (open.Length + close.Length));
        return before + string.Concat(Enumerable.Repeat(open, times)) + inside + string.Concat(Enumerable.Repeat(close, times));
    }
}
