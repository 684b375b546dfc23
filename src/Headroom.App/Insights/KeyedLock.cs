namespace Headroom.App.Insights;

/// <summary>One at a time for each key; keys that nobody holds take no memory. Who is cancelled while waiting leaves no trace.</summary>
internal sealed class KeyedLock
{
    private readonly Dictionary<string, Gate> _gates = new(StringComparer.Ordinal);

    public async ValueTask<IDisposable> EnterAsync(string key, CancellationToken cancellationToken)
    {
        Gate? gate;
        lock (_gates)
        {
            if (!_gates.TryGetValue(key, out gate))
            {
                _gates.Add(key, gate = new Gate(this, key));
            }

            gate.Users++;
        }

        try
        {
            await gate.Turn.WaitAsync(cancellationToken);
            return gate;
        }
        catch (OperationCanceledException)
        {
            Leave(gate);
            throw;
        }
    }

    private void Leave(Gate gate)
    {
        lock (_gates)
        {
            if (--gate.Users == 0)
            {
                _gates.Remove(gate.Key);
                gate.Turn.Dispose();
            }
        }
    }

    /// <summary>Held by one, waited for by others; disposed by each holder once.</summary>
    private sealed class Gate(KeyedLock owner, string key) : IDisposable
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public string Key => key;

        public int Users { get; set; }

        public void Dispose()
        {
            Turn.Release();
            owner.Leave(this);
        }
    }
}
