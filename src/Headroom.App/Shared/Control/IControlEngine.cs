using System.Data.Common;

namespace Headroom.App.Shared.Control;

/// <summary>
/// What differs between the databases that can hold the control data. Everything else is SQL that they all speak: names of
/// parameters begin with @, and ON CONFLICT names its columns. Safe for concurrent use.
/// </summary>
internal interface IControlEngine : IDisposable
{
    /// <summary>Where the data is, for messages; without a secret.</summary>
    string Place { get; }

    /// <summary>A context over a schema that is up to date. The first one of a process costs some hundred milliseconds.</summary>
    ControlContext Context();

    /// <summary>An open connection of the pool.</summary>
    ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>An open connection of the pool, for callers that cannot wait otherwise.</summary>
    DbConnection Open();

    /// <summary>An open connection of its own, for callers that keep it or change how it works.</summary>
    ValueTask<DbConnection> OpenApartAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="OpenApartAsync"/>
    DbConnection OpenApart();

    /// <summary>
    /// A number that is another one once a change of what <see cref="ControlSnapshot"/> reads is committed, by whichever process.
    /// It costs little enough to be asked twice a second. Only numbers of one connection can be compared.
    /// </summary>
    ValueTask<long> VersionAsync(DbConnection apart, CancellationToken cancellationToken);

    /// <summary>A transaction whose reads all see one moment, and which no writer waits for.</summary>
    ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Waits until the database answers, for a bounded time. Throws what it was told last.</summary>
    Task WaitUntilThereAsync(CancellationToken cancellationToken);

    /// <summary>The newest migration that is applied as a whole; null where there is no schema yet.</summary>
    Task<string?> NewestMigrationAsync(CancellationToken cancellationToken);

    /// <summary>Keeps other processes from changing the schema until it is disposed.</summary>
    Task<IAsyncDisposable> LockSchemaAsync(CancellationToken cancellationToken);

    /// <summary>Makes the schema where there is none, by what EF Core would send and without EF Core.</summary>
    Task CreateSchemaAsync(CancellationToken cancellationToken);

    /// <summary>Applies the migrations that are missing.</summary>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Makes what is deleted on this connection, which is apart, unreadable on the disk as far as the database can.</summary>
    void BeginErasing(DbConnection apart);

    /// <summary>The other half of <see cref="BeginErasing"/>, after the commit.</summary>
    void EndErasing(DbConnection apart);

    /// <summary>Whether the database cannot do it now, and may when asked again.</summary>
    bool IsAway(Exception exception);

    /// <summary>Whether the database cannot keep a text because of a character in it.</summary>
    bool IsUnstorable(Exception exception);

    /// <summary>A message without the database's password.</summary>
    string Redacted(string text);

    /// <summary>Whether the stored data itself is broken.</summary>
    bool IsDamaged(DbException exception);
}

internal static class ControlCommands
{
    /// <summary>Adds a parameter; its name begins with @.</summary>
    public static void Set(this DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    /// <summary>A script that is kept beside the migrations.</summary>
    public static string Script(string name)
    {
        using var resource = typeof(ControlCommands).Assembly.GetManifestResourceStream($"Headroom.App.Shared.Control.Migrations.{name}")!;
        using var text = new StreamReader(resource);
        return text.ReadToEnd();
    }
}
