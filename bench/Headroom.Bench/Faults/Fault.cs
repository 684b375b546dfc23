namespace Headroom.Bench.Faults;

/// <summary>What /health/ready has to say while a fault lasts.</summary>
internal enum Telling
{
    /// <summary>Not ready, or nothing, within ten seconds: events cannot be taken or shown.</summary>
    NotReady,

    /// <summary>Ready all the time: this must not touch it.</summary>
    Ready,

    /// <summary>What it says depends on how long and how bad it is; only that it is not called ready for long while no event is taken.</summary>
    Either,
}

/// <summary>One thing that goes wrong, done to a server that runs. An object is for one trial.</summary>
internal abstract class Fault
{
    public abstract string Name { get; }

    /// <summary>What is done, for the report.</summary>
    public abstract string Does { get; }

    public abstract Telling While { get; }

    /// <summary>Whether it strikes the whole server, so that other projects may be refused too while it lasts.</summary>
    public virtual bool StrikesAll => true;

    /// <summary>Whether it can be tried together with another one.</summary>
    public virtual bool Pairs => true;

    /// <summary>Whether it is part of the short form: it takes seconds, and root or another program only where it says so.</summary>
    public virtual bool IsShort => false;

    /// <summary>How long it lasts at least, after readiness has told what it had to.</summary>
    public virtual TimeSpan Lasts(Random random) => TimeSpan.FromMilliseconds(random.Next(500, 3000));

    /// <summary>Settings of the server, as environment variables.</summary>
    public virtual IEnumerable<(string Name, string Value)> Environment(Means means) => [];

    /// <summary>A program and its arguments that become the server.</summary>
    public virtual IEnumerable<string> Wrapper(Means means) => [];

    /// <summary>Why it cannot be tried on this machine; null where it can.</summary>
    public virtual string? ReasonAgainst(Means means) => null;

    /// <summary>Before there is load: what has to be there for it.</summary>
    public virtual Task PrepareAsync(Trial trial) => Task.CompletedTask;

    public abstract Task InjectAsync(Trial trial);

    /// <summary>Ends it as the world would: never by touching a file of the server's, but for putting back what was taken away.</summary>
    public virtual Task LiftAsync(Trial trial) => Task.CompletedTask;

    /// <summary>What else must be true of this fault, after everything is stored.</summary>
    public virtual Task JudgeAsync(Trial trial) => Task.CompletedTask;
}
