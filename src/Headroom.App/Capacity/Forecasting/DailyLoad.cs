namespace Headroom.App.Capacity.Forecasting;

/// <summary>A whole day of a load's history.</summary>
/// <param name="Load">Its busiest minute (events or queries a second), or the bytes at its end.</param>
internal readonly record struct DailyLoad(DateOnly Day, double Load);
