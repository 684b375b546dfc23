using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests;

public sealed class FailedTypesTests
{
    [Fact]
    public void A_type_that_could_not_be_initialized_ends_the_process_as_it_never_can_be()
    {
        using var types = new FailedTypes();
        using var lifetime = new Lifetime();
        types.End(lifetime, NullLogger.Instance);
        Assert.False(types.Any);
        Assert.Throws<TypeInitializationException>(static () => Unlucky.Value);
        Assert.True(types.Any);
        Assert.Equal(1, lifetime.Stops);
        Assert.Throws<TypeInitializationException>(static () => Unlucky.Value);
        Assert.Equal(1, lifetime.Stops);
    }

    private static class Unlucky
    {
        public static readonly int Value = int.Parse("too many open files", null);
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _never = new();

        public int Stops { get; private set; }

        public CancellationToken ApplicationStarted => _never.Token;

        public CancellationToken ApplicationStopping => _never.Token;

        public CancellationToken ApplicationStopped => _never.Token;

        public void StopApplication() => Stops++;

        public void Dispose() => _never.Dispose();
    }
}
