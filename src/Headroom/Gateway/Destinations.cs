using System.IO.Hashing;
using System.Text;
using Headroom.App.Shared;
using Microsoft.Extensions.Options;

namespace Headroom.Gateway;

/// <summary>One process behind the gateway. Safe for concurrent use.</summary>
/// <param name="Role">capture, query or writer; the last stands for jobs too.</param>
/// <param name="Address">Ends with a slash.</param>
internal sealed record Destination(string Role, string Address)
{
    private volatile string? _problem;

    /// <summary>Why it is not ready, as far as is known; null while it is.</summary>
    public string? Problem
    {
        get => _problem;
        set => _problem = value;
    }
}

/// <summary>The processes behind the gateway, and in which order they are tried for a request.</summary>
internal sealed class Destinations : IHealthSource
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _without = [];
    private readonly Dictionary<string, Destination[]> _byRole;
    private uint _turn;

    public Destinations(IOptions<GatewayOptions> options, TimeProvider time)
    {
        _time = time;
        _byRole = new Dictionary<string, Destination[]>
        {
            [Roles.Capture] = Of(Roles.Capture, options.Value.Capture),
            [Roles.Query] = Of(Roles.Query, options.Value.Query),
            [Roles.Writer] = Of(Roles.Writer, options.Value.Writer),
        };
    }

    public IEnumerable<Destination> All => _byRole.Values.SelectMany(static of => of);

    /// <summary>Degraded where a role has none that is ready: the others work. Not well where no role has one.</summary>
    public PartHealth Health
    {
        get
        {
            lock (_gate)
            {
                var known = _byRole.Where(static r => r.Value.Length > 0).ToList();
                var without = known.Where(static r => Array.TrueForAll(r.Value, static d => d.Problem is not null)).ToList();
                foreach (var role in _without.Keys.Except(without.Select(static r => r.Key)).ToList())
                {
                    _without.Remove(role);
                }

                foreach (var (role, _) in without)
                {
                    _without.TryAdd(role, _time.GetUtcNow());
                }

                return without.Count == 0 ? new PartHealth("gateway", true, null, null) : new PartHealth(
                    "gateway", false, string.Join(" ", without.Select(static r => $"No process with the role {r.Key} is ready: {string.Join(", ", r.Value.Select(static d => $"{d.Address} {d.Problem}"))}.")),
                    _without.Values.Min())
                {
                    IsDegraded = without.Count < known.Count,
                };
            }
        }
    }

    /// <summary>
    /// Those of a role in the order in which they are tried, the ready ones first: what belongs to a key always in the same order, the rest in turn. The
    /// process that writes is one, so that its order is that of the settings.
    /// </summary>
    /// <param name="key">What has its own first choice, a project; null for nothing.</param>
    public Destination[] InOrder(string role, string? key)
    {
        var all = _byRole.GetValueOrDefault(role == Roles.Jobs ? Roles.Writer : role) ?? [];
        if (all.Length < 2)
        {
            return all;
        }

        var order = key is not null ? Rendezvous(all, key) : role is Roles.Writer or Roles.Jobs ? all : InTurn(all, Interlocked.Increment(ref _turn));
        return [.. order.Where(static d => d.Problem is null), .. order.Where(static d => d.Problem is not null)];
    }

    /// <summary>
    /// By the hash of key and address, the highest first: a destination that goes moves those keys only whose first choice it was, evenly to the others.
    /// </summary>
    internal static Destination[] Rendezvous(Destination[] all, string key)
    {
        var scores = Array.ConvertAll(all, one => ~XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{one.Address}\n{key}")));
        var order = all.ToArray();
        Array.Sort(scores, order);
        return order;
    }

    private static Destination[] InTurn(Destination[] all, uint turn) => [.. all.Select((_, i) => all[(int)((turn + (uint)i) % (uint)all.Length)])];

    private static Destination[] Of(string role, IEnumerable<string> addresses) =>
        [.. addresses.Select(address => new Destination(role, address.EndsWith('/') ? address : address + "/"))];
}
