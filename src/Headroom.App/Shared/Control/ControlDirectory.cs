using System.Data.Common;
using System.Diagnostics;
using System.Security.Claims;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Shared.Control;

/// <summary>
/// The snapshot of projects, keys and members, and its upkeep. The version of the data, asked on a connection that is kept, tells
/// whether any connection of any process has committed since; only then is it read again.
/// </summary>
internal sealed class ControlDirectory(ControlDatabase database, TimeProvider time, ILogger<ControlDirectory> logger)
    : IProjectDirectory, IProjectAccess, ICohorts, IHealthSource, IDisposable
{
    private static readonly TimeSpan BetweenRefreshes = TimeSpan.FromMilliseconds(100);
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Lock _scheduling = new();
    private DbConnection? _connection;
    private long _version = -1;
    private volatile ControlSnapshot _snapshot = ControlSnapshot.Empty;
    private volatile PartHealth _health = new("control", true, null, null);
    private Task? _due;
    private long? _lastRefresh;

    public PartHealth Health => _health;

    public IReadOnlyCollection<ProjectInfo> All => _snapshot.All;

    public CohortInfo? Find(ProjectId project, int id) => _snapshot.Cohort(project, id);

    public string Members(int id)
    {
        using var connection = database.Engine.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT keys FROM cohort_members WHERE cohort_id = @id";
        command.Set("@id", id);
        return command.ExecuteScalar() as string ?? "";
    }

    public bool TryGet(ProjectId id, out ProjectInfo project) => _snapshot.TryGet(id, out project!);

    public bool TryGetByWriteKey(ReadOnlySpan<byte> writeKey, out ProjectInfo project) => _snapshot.TryGetByWriteKey(writeKey, out project!);

    public bool TryGetByDomain(ReadOnlySpan<byte> domain, out ProjectInfo project) => _snapshot.TryGetByDomain(domain, out project!);

    /// <summary>Whose read key has this SHA-256.</summary>
    public bool TryGetByReadKeyHash(ReadOnlySpan<byte> hash, out ProjectId project) => _snapshot.TryGetByReadKeyHash(hash, out project);

    /// <summary>The role that a person has in a project as a member; null where it is none.</summary>
    public ProjectRole? Member(ProjectId project, int person) => _snapshot.Member(project, person);

    public bool MayRead(ClaimsPrincipal user, ProjectId project) =>
        user.Person() is null ? TryGet(project, out _) : this.RoleOf(user, project) is not null;

    /// <summary>
    /// One refresh serves all who ask while it is due, and it begins after they asked, so that each of them sees what
    /// was committed before its call.
    /// </summary>
    public ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        lock (_scheduling)
        {
            _due ??= RefreshWhenDueAsync();
            return new ValueTask(_due.WaitAsync(cancellationToken));
        }
    }

    /// <summary>Reads the database again where it has changed. Throws where it cannot be read.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await database.PrepareAsync(cancellationToken);
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var wasKept = _connection is not null;
            try
            {
                await ReadAsync(cancellationToken);
            }
            catch (DbException e) when (wasKept && database.Engine.IsAway(e))
            {
                // A connection that was kept may have lost its server since, and a new one finds it.
                await ReadAsync(cancellationToken);
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>What the upkeep calls all the time: reloads, and turns failure into health instead of an exception.</summary>
    public async Task TryReloadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReloadAsync(cancellationToken);
            if (!_health.Ok)
            {
                ControlLog.ReadableAgain(logger);
                _health = new PartHealth("control", true, null, null);
            }
        }
        catch (Exception e) when (e is DbException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            if (_health.Ok)
            {
                ControlLog.Unreadable(logger, e);
            }

            _health = new PartHealth(
                "control", false, $"The control data cannot be read ({database.Engine.Redacted(e.Message)}); projects and keys are as last read.", _health.Since ?? time.GetUtcNow());
        }
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _reading.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            _connection ??= await database.Engine.OpenApartAsync(cancellationToken);
            var version = await database.Engine.VersionAsync(_connection, cancellationToken);
            if (version == _version)
            {
                return;
            }

            var started = Stopwatch.GetTimestamp();
            await using (var transaction = await database.Engine.BeginReadAsync(_connection, cancellationToken))
            {
                _snapshot = await ControlSnapshot.ReadAsync(
                    transaction, (project, zone) => ControlLog.UnknownTimeZone(logger, project, zone), cohort => ControlLog.UnknownCondition(logger, cohort), cancellationToken);
            }

            _version = version;
            ControlMetrics.Reloaded(Stopwatch.GetElapsedTime(started));
        }
        catch (Exception e) when (e is DbException or TimeoutException or OperationCanceledException)
        {
            // A read that was cut short may have left the connection in the middle of something.
            _connection?.Dispose();
            _connection = null;
            _version = -1;
            throw;
        }
    }

    private async Task RefreshWhenDueAsync()
    {
        // The caller holds the lock and is about to note this task.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var wait = _lastRefresh is { } last ? BetweenRefreshes - time.GetElapsedTime(last) : TimeSpan.Zero;
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time);
        }

        // Whoever asks from here on may have committed after the read below began: the next one is theirs.
        lock (_scheduling)
        {
            _due = null;
            _lastRefresh = time.GetTimestamp();
        }

        await TryReloadAsync(CancellationToken.None);
    }
}
