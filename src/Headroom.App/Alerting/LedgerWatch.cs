using System.Globalization;
using Headroom.Core;

namespace Headroom.App.Alerting;

/// <summary>The ledger of one project at one look.</summary>
/// <param name="Balance">Events that Capture acknowledged less those that the Writer committed.</param>
/// <param name="CaughtUp">Whether the store has taken in everything that the log has.</param>
/// <param name="MayRepeat">Whether the log may have events that nobody acknowledged.</param>
internal readonly record struct LedgerLook(ProjectId Project, LedgerCounts Counts, long Balance, bool CaughtUp, bool MayRepeat = false);

/// <summary>
/// Whether the ledger adds up, from counts that are made apart from each other: Capture counts what it acknowledges, the Writer what it
/// reads, and the store the rows that it writes. Only the sum in an answer is made of its parts and proves nothing.
/// <list type="bullet">
/// <item>Committed: received (the Writer's) = stored (the store's) + duplicates + rejected, in every snapshot.</item>
/// <item>Acknowledged: where the log has nothing unread, what Capture counted is what the Writer counted. Each counts some microseconds
/// after the log or the catalog has it, so one look proves nothing, and the same difference at five in a row does; looks that find something
/// unread say nothing. Events that nobody acknowledged are taken off where the log may have them: they are no fault.</item>
/// </list>
/// What it cannot see: an event that was lost in the log together with its record, before this process began to count.
/// </summary>
/// <param name="takeOff">Called with the events, above zero, that the log had more than were acknowledged.</param>
internal sealed class LedgerWatch(Action<ProjectId, long>? takeOff = null)
{
    private const int LooksInARow = 5;
    private readonly Dictionary<ProjectId, (long Balance, int Looks)> _wrong = [];

    public IReadOnlyList<Condition> Look(IEnumerable<LedgerLook> ledgers)
    {
        var conditions = new List<Condition>();
        foreach (var (project, counts, balance, caughtUp, mayRepeat) in ledgers)
        {
            var committed = counts.Stored + counts.Duplicates + counts.Rejected;
            if (counts.Received != committed)
            {
                conditions.Add(Of(project, string.Create(CultureInfo.InvariantCulture,
                    $"Of {counts.Received} events received {committed} are accounted for: {counts.Stored} stored, {counts.Duplicates} duplicates, {counts.Rejected} rejected.")));
            }

            if (balance == 0)
            {
                _wrong.Remove(project);
                continue;
            }

            var (before, looks) = _wrong.GetValueOrDefault(project);
            if (caughtUp)
            {
                looks = balance == before ? looks + 1 : 1;
                _wrong[project] = (balance, looks);
            }

            if (looks >= LooksInARow && mayRepeat && balance < 0)
            {
                takeOff?.Invoke(project, -balance);
                _wrong.Remove(project);
                continue;
            }

            if (looks >= LooksInARow && counts.Received == committed)
            {
                conditions.Add(Of(project, before > 0
                    ? string.Create(CultureInfo.InvariantCulture, $"{before} events were acknowledged and are neither stored, duplicates nor rejected, and the log has nothing more to read.")
                    : string.Create(CultureInfo.InvariantCulture, $"{-before} events are in the store that nobody acknowledged.")));
            }
        }

        return conditions;
    }

    private static Condition Of(ProjectId project, string what) => new(
        $"ledger:{project}", AlertSeverity.Critical, $"The ledger of project {project} does not add up",
        $"{what} Keep the log's files (raise Headroom:Log:RetainFor), make a backup, look for errors of the Writer in the server's log, and report it: this is a fault of Headroom or damage.");
}
