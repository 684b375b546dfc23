namespace Headroom.App.Shared;

/// <summary>When a flow's load meets its ceiling, as far as the forecast says.</summary>
/// <param name="Flow">ingest, queries or storage.</param>
/// <param name="Resource">The resource that is the wall, as in metrics: capture_cpu, fsync, disk_space …</param>
/// <param name="Median">Half of the forecasts meet it before this day; null where that is beyond the forecast.</param>
/// <param name="Early">One in twenty meets it before this day; null likewise.</param>
public sealed record Wall(string Flow, string Resource, DateOnly? Median, DateOnly? Early);

/// <summary>Who forecasts. Asked every second, so it answers from memory.</summary>
public interface IWallSource
{
    IReadOnlyList<Wall> Walls { get; }
}

/// <summary>Where nobody forecasts.</summary>
internal sealed class NoWalls : IWallSource
{
    public IReadOnlyList<Wall> Walls => [];
}
