using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary>The sizes that journeys through the app are made at, and the theme in which each begins; every look is taken in both themes.</summary>
public static class Screens
{
    public static TheoryData<string, string> All => new() { { "desktop", "light" }, { "phone", "dark" } };
}
