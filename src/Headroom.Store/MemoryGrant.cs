using Headroom.Core;

namespace Headroom.Store;

/// <summary>What a query may hold beside its slot's memory, out of the memory of all queries.</summary>
internal sealed class MemoryGrant(Admission admission) : IMemoryBudget
{
    /// <summary>Bytes; the admission's.</summary>
    public long Bytes { get; set; }

    public long Grow(long bytes) => admission.Grow(this, bytes);

    public void Settle(long bytes) => admission.Settle(this, bytes);
}
