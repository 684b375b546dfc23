using System.Text;
using Headroom.App.Writing.Identity;
using Headroom.Core;

namespace Headroom.App.Writing;

/// <summary>What the Writer keeps from batch to batch. All of it follows from the store and can be forgotten.</summary>
internal sealed class WriterMemory(IEventStore store, Persons persons, Visitors visitors)
{
    public Persons Persons => persons;

    /// <summary>Takes up the sessions with an event since then, in unix microseconds.</summary>
    public async Task RestoreAsync(long since, CancellationToken cancellationToken)
    {
        foreach (var open in await store.OpenSessionsAsync(since, cancellationToken))
        {
            var visitor = visitors.GetOrAdd(open.Project, Encoding.UTF8.GetBytes(open.DistinctId));
            Sessions.Restore(visitor, open.SessionId, open.Start, open.Last);
        }

        visitors.Trim(persons.Forget);
    }

    public void Committed()
    {
        persons.Committed();
        visitors.Trim(persons.Forget);
    }

    public void Clear()
    {
        persons.Clear();
        visitors.Clear();
    }
}
