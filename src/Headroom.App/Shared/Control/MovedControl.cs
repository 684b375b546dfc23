using System.Runtime.CompilerServices;
using Headroom.App.Shared.Control.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Headroom.App.Shared.Control;

/// <summary>The control data as tables, for those who move it from one database to another.</summary>
public static class MovedControl
{
    /// <summary>The removals of persons, which are not copied as they are where another store has not done them.</summary>
    public const string Removals = "person_deletion";

    /// <summary>What every transaction that writes holds in PostgreSQL.</summary>
    public static long WriteLock
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        get => PostgresWriters.WriteLock;
    }

    /// <summary>Every table of the model.</summary>
    public static IReadOnlyList<string> Tables
    {
        get
        {
            using var context = new ControlContext(new DbContextOptionsBuilder<ControlContext>().UseSqlite("Data Source=:memory:").Options);
            return [.. context.Model.GetEntityTypes().Select(static entity => entity.GetTableName()!)];
        }
    }

    /// <summary>Makes the database of the settings where it is missing, and brings its schema up to date.</summary>
    public static async Task PrepareAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddControl(configuration);
        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<ControlDatabase>().PrepareAsync(cancellationToken);
    }
}
