using System.Globalization;
using Spectre.Console;

namespace Headroom.Cli.Backups;

/// <summary>How far copying is; written by one thread and drawn by another.</summary>
internal sealed class BackupProgress
{
    private long _total;
    private long _done;

    private double Fraction => Volatile.Read(ref _total) is var total and > 0 ? Math.Min(1, (double)Volatile.Read(ref _done) / total) : 0;

    public void Expect(long bytes) => Interlocked.Add(ref _total, bytes);

    public void Advance(long bytes) => Interlocked.Add(ref _done, bytes);

    /// <summary>Runs work on a thread of its own, with a bar where somebody looks.</summary>
    public static async Task<T> ShowAsync<T>(Terminal terminal, string what, Func<BackupProgress, Task<T>> work)
    {
        var progress = new BackupProgress();
        var running = Task.Run(() => work(progress));
        if (!terminal.Interactive)
        {
            return await running;
        }

        return await terminal.Ansi.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async bars =>
            {
                var bar = bars.AddTask(what, maxValue: 1);
                using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
                while (!running.IsCompleted)
                {
                    bar.Value = progress.Fraction;
                    bar.Description = string.Create(CultureInfo.InvariantCulture, $"{what} {Volatile.Read(ref progress._done) / 1e6:N0} MB");
                    await Task.WhenAny(running, timer.WaitForNextTickAsync(CancellationToken.None).AsTask());
                }

                bar.Value = 1;
                return await running;
            });
    }
}
