// A made-up company, Nimbus Notes: a web site that people find by search, posts and newsletters, and an application that
// some of them sign up for, use for a while and pay for. Each day is a function of its date alone, so that a history that
// was interrupted is sent again with the same uuids. There are fewer visits at night and on weekends, and a little more
// every week.

using System.Globalization;

namespace Headroom.Cli.Demo;

/// <summary>Makes up the demo's events.</summary>
internal static class DemoStory
{
    private const string Site = "https://nimbus.example";
    private const int MaxAgeDays = 45;

    private static readonly DateOnly Founded = new(2026, 1, 1);

    private static readonly (string Domain, string? Source, string? Medium, string? Campaign, int Weight)[] Ways =
    [
        ("", null, null, null, 30),
        ("www.google.com", null, null, null, 34),
        ("duckduckgo.com", null, null, null, 5),
        ("news.ycombinator.com", null, null, null, 8),
        ("www.reddit.com", null, null, null, 5),
        ("github.com", null, null, null, 6),
        ("t.co", "twitter", "social", "launch", 4),
        ("www.google.com", "google", "cpc", "notes-for-teams", 5),
        ("", "newsletter", "email", "monthly", 3),
    ];

    private static readonly (string Browser, string Version, string Os, string Device, int Width, int Height, int Weight)[] Devices =
    [
        ("Chrome", "142", "Windows", "Desktop", 1920, 1080, 30),
        ("Chrome", "142", "Mac OS X", "Desktop", 1512, 982, 16),
        ("Safari", "26.1", "Mac OS X", "Desktop", 1440, 900, 8),
        ("Mobile Safari", "26.1", "iOS", "Mobile", 393, 852, 18),
        ("Chrome", "142", "Android", "Mobile", 412, 915, 15),
        ("Firefox", "145", "Linux", "Desktop", 1920, 1200, 6),
        ("Microsoft Edge", "142", "Windows", "Desktop", 1536, 864, 7),
    ];

    private static readonly (string Code, string Name, string Region, string City, int Weight)[] Places =
    [
        ("US", "United States", "California", "San Francisco", 18), ("US", "United States", "New York", "New York", 12),
        ("DE", "Germany", "Land Berlin", "Berlin", 8), ("DE", "Germany", "Bavaria", "Munich", 6), ("GB", "United Kingdom", "England", "London", 9),
        ("IN", "India", "Karnataka", "Bengaluru", 9), ("FR", "France", "Île-de-France", "Paris", 6), ("CA", "Canada", "Ontario", "Toronto", 5),
        ("NL", "Netherlands", "North Holland", "Amsterdam", 5), ("BR", "Brazil", "São Paulo", "São Paulo", 5), ("JP", "Japan", "Tokyo", "Tokyo", 4),
        ("AU", "Australia", "Victoria", "Melbourne", 4), ("PL", "Poland", "Mazovia", "Warsaw", 3), ("NP", "Nepal", "Bagmati Province", "Kathmandu", 1),
    ];

    private static readonly (string Path, string Title, int Weight)[] Pages =
    [
        ("/", "Nimbus Notes", 30), ("/features", "Features", 18), ("/pricing", "Pricing", 20), ("/blog/meeting-notes", "Better meeting notes", 12),
        ("/blog/second-brain", "A second brain that answers", 10), ("/docs", "Documentation", 7), ("/about", "About", 3),
    ];

    private static readonly (string Event, int Weight)[] Deeds =
    [
        ("note_created", 34), ("note_opened", 38), ("search_performed", 14), ("note_shared", 8), ("file_uploaded", 6),
    ];

    // Weight of each hour of the day in UTC, for visitors from America to Asia with most of them in Europe and America.
    private static readonly int[] Hours = [5, 4, 3, 3, 3, 4, 6, 9, 12, 14, 15, 15, 14, 16, 18, 19, 19, 18, 17, 15, 13, 11, 9, 7];

    /// <summary>All events that begin on a UTC day, in order of time.</summary>
    public static IReadOnlyList<DemoEvent> Day(DateOnly day)
    {
        var random = new Random(HashCode(day, 1));
        List<DemoEvent> events = [];
        var visitors = Visitors(day);
        for (var i = 0; i < visitors; i++)
        {
            events.AddRange(FirstVisit(day, i, At(day, random)));
        }

        for (var age = 1; age <= MaxAgeDays; age++)
        {
            var joined = day.AddDays(-age);
            var returning = ((0.5 * Math.Exp(-age / 7.0)) + 0.12) * (IsWeekend(day) ? 0.45 : 1);
            var candidates = Visitors(joined);
            for (var i = 0; i < candidates; i++)
            {
                if (SignsUp(joined, i) && random.NextDouble() < returning)
                {
                    events.AddRange(UseOfApplication(joined, i, At(day, random), random));
                }
            }
        }

        events.Sort(static (a, b) => a.Timestamp.CompareTo(b.Timestamp));
        return events;
    }

    /// <summary>A visit that begins now, for the living trickle; timestamps lie ahead by seconds.</summary>
    public static IReadOnlyList<DemoEvent> VisitNow(DateTimeOffset now, Random random)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (random.NextDouble() < 0.4)
        {
            for (var attempt = 0; attempt < 50; attempt++)
            {
                var joined = today.AddDays(-random.Next(1, MaxAgeDays));
                var i = random.Next(Visitors(joined));
                if (SignsUp(joined, i))
                {
                    return UseOfApplication(joined, i, now, random);
                }
            }
        }

        // Numbers that no visitor of a made-up day has.
        return FirstVisit(today, random.Next(1_000_000, int.MaxValue), now);
    }

    private static int Visitors(DateOnly day)
    {
        var growth = 1 + (0.002 * Math.Clamp(day.DayNumber - Founded.DayNumber, 0, 1000));
        return (int)((IsWeekend(day) ? 90 : 170) * Math.Min(growth, 2) * (0.9 + (0.2 * new Random(HashCode(day, 2)).NextDouble())));
    }

    private static bool SignsUp(DateOnly day, int visitor) => HashCode(day, visitor + 10) < 0.09 * int.MaxValue;

    private static List<DemoEvent> FirstVisit(DateOnly day, int visitor, DateTimeOffset start)
    {
        var random = new Random(HashCode(day, visitor + 10));
        var signsUp = SignsUp(day, visitor);
        var who = Person(random, day, visitor);
        var way = Pick(Ways, static w => w.Weight, random);
        var session = Session(start, random);
        var time = start;
        List<DemoEvent> events = [];
        var views = signsUp ? random.Next(2, 6) : Math.Min(8, 1 + (int)(-Math.Log(1 - random.NextDouble()) * 1.6));
        for (var view = 0; view < views; view++)
        {
            var page = signsUp && view == views - 1 ? ("/pricing", "Pricing", 0) : Pick(Pages, static p => p.Weight, random);
            Add("$pageview", who.Anonymous, [.. PageProperties(page.Item1, page.Item2), .. view == 0 ? WayProperties(way) : []]);
            time = time.AddSeconds(random.Next(4, 70));
        }

        if (LostItsWay(random))
        {
            Add("$exception", who.Anonymous, [Text("$exception_type", "NotFound"), .. PageProperties("/old-link", "Not found")]);
        }

        if (signsUp)
        {
            Add("signup_started", who.Anonymous, PageProperties("/signup", "Sign up"));
            time = time.AddSeconds(random.Next(15, 90));
            Add("$identify", who.User,
            [
                Text("$anon_distinct_id", who.Anonymous),
                new("$set", new KeyValuePair<string, object>[] { Text("email", who.Email), Text("name", who.Name), Text("plan", "free") }),
            ]);
            time = time.AddSeconds(1);
            Add("signed_up", who.User, [Text("plan", "free"), Text("method", random.Next(3) == 0 ? "google" : "email")]);
            time = time.AddSeconds(random.Next(5, 60));
            Add("note_created", who.User, [Text("template", "welcome"), Number("words", random.Next(3, 120))]);
        }

        // One visit in three is measured, some seconds after its first page.
        if (random.Next(3) == 0 && events[0].Properties.First(static p => p.Key == "$pathname").Value is string path)
        {
            time = start.AddSeconds(random.Next(3, 9));
            Add("$web_vitals", who.Anonymous,
            [
                .. PageProperties(path, Pages.First(p => p.Path == path).Title), Measured("LCP", 700, 900), Measured("FCP", 400, 500),
                Measured("INP", 40, 70), new("$web_vitals_CLS_value", Math.Round((decimal)(random.NextDouble() * random.NextDouble() * 0.3), 4)),
            ]);
        }

        return events;

        KeyValuePair<string, object> Measured(string name, int least, double spread) =>
            Number($"$web_vitals_{name}_value", least + (int)(-Math.Log(1 - random.NextDouble()) * spread));

        void Add(string name, string distinctId, IEnumerable<KeyValuePair<string, object>> properties) =>
            events.Add(new DemoEvent(Uuid(time, random), name, distinctId, time, [.. properties, .. who.Device, Text("$session_id", session)]));

        static bool LostItsWay(Random random) => random.NextDouble() < 0.01;
    }

    private static List<DemoEvent> UseOfApplication(DateOnly joined, int visitor, DateTimeOffset start, Random random)
    {
        var who = Person(new Random(HashCode(joined, visitor + 10)), joined, visitor);
        var session = Session(start, random);
        var time = start;
        List<DemoEvent> events = [];
        Add("$pageview", PageProperties("/app", "Notes"));
        var deeds = random.Next(3, 12);
        for (var i = 0; i < deeds; i++)
        {
            time = time.AddSeconds(random.Next(5, 120));
            var deed = Pick(Deeds, static d => d.Weight, random).Event;
            Add(deed, deed switch
            {
                "note_created" => [Text("template", random.Next(3) == 0 ? "meeting" : "blank"), Number("words", random.Next(3, 900))],
                "search_performed" => [Number("results", random.Next(0, 40)), Number("duration_ms", 20 + (int)(-Math.Log(1 - random.NextDouble()) * 90))],
                "file_uploaded" => [Number("size_kb", random.Next(10, 9000)), Text("type", random.Next(2) == 0 ? "pdf" : "image")],
                "note_shared" => [Text("with", random.Next(2) == 0 ? "team" : "link")],
                _ => [],
            });
        }

        if (random.NextDouble() < 0.035)
        {
            time = time.AddSeconds(random.Next(10, 60));
            var (plan, amount) = random.Next(10) switch { < 6 => ("personal", 8m), < 9 => ("team", 49m), _ => ("business", 199m) };
            Add("checkout_started", [Text("plan", plan)]);
            if (random.NextDouble() < 0.7)
            {
                time = time.AddSeconds(random.Next(20, 120));
                Add("purchase", [Text("plan", plan), new("amount", amount), Text("currency", "USD"), Text("interval", random.Next(4) == 0 ? "year" : "month")]);
            }
        }

        return events;

        void Add(string name, IEnumerable<KeyValuePair<string, object>> properties) =>
            events.Add(new DemoEvent(Uuid(time, random), name, who.User, time, [.. properties, .. who.Device, Text("$session_id", session)]));
    }

    private static (string Anonymous, string User, string Email, string Name, KeyValuePair<string, object>[] Device) Person(Random random, DateOnly day, int visitor)
    {
        var device = Pick(Devices, static d => d.Weight, random);
        var place = Pick(Places, static p => p.Weight, random);
        var id = string.Create(CultureInfo.InvariantCulture, $"{day:yyyyMMdd}-{visitor}");
        return ($"anon-{id}", $"user-{id}", $"user-{id}@mail.example", $"Visitor {id}",
        [
            Text("$browser", device.Browser), Text("$browser_version", device.Version), Text("$os", device.Os), Text("$device_type", device.Device),
            Number("$screen_width", device.Width), Number("$screen_height", device.Height),
            Text("$geoip_country_code", place.Code), Text("$geoip_country_name", place.Name), Text("$geoip_subdivision_1_name", place.Region),
            Text("$geoip_city_name", place.City), Text("$lib", "web"),
        ]);
    }

    private static KeyValuePair<string, object>[] PageProperties(string path, string title) =>
        [Text("$current_url", Site + path), Text("$host", "nimbus.example"), Text("$pathname", path), Text("title", title)];

    private static List<KeyValuePair<string, object>> WayProperties(
        (string Domain, string? Source, string? Medium, string? Campaign, int Weight) way)
    {
        List<KeyValuePair<string, object>> properties =
        [
            Text("$referrer", way.Domain.Length == 0 ? "$direct" : $"https://{way.Domain}/"),
            Text("$referring_domain", way.Domain.Length == 0 ? "$direct" : way.Domain),
        ];
        if (way.Source is not null)
        {
            properties.AddRange([Text("utm_source", way.Source), Text("utm_medium", way.Medium!), Text("utm_campaign", way.Campaign!)]);
        }

        return properties;
    }

    private static KeyValuePair<string, object> Text(string name, string value) => new(name, value);

    private static KeyValuePair<string, object> Number(string name, int value) => new(name, value);

    private static T Pick<T>(T[] of, Func<T, int> weight, Random random)
    {
        var at = random.Next(of.Sum(weight));
        foreach (var one in of)
        {
            at -= weight(one);
            if (at < 0)
            {
                return one;
            }
        }

        return of[^1];
    }

    private static DateTimeOffset At(DateOnly day, Random random)
    {
        var at = random.Next(Hours.Sum());
        var hour = 0;
        while (at >= Hours[hour])
        {
            at -= Hours[hour++];
        }

        return new DateTimeOffset(day, new TimeOnly(hour, random.Next(60), random.Next(60), random.Next(1000)), TimeSpan.Zero);
    }

    private static bool IsWeekend(DateOnly day) => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    private static string Session(DateTimeOffset start, Random random) => Uuid(start, random).ToString();

    private static Guid Uuid(DateTimeOffset time, Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, (time.ToUnixTimeMilliseconds() << 16) | (uint)random.Next(0x7000, 0x8000));
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    // The framework's own hash codes differ between processes; this must not.
    private static int HashCode(DateOnly day, int number)
    {
        var hash = unchecked(((ulong)(uint)day.DayNumber * 0x9E3779B97F4A7C15UL) ^ ((ulong)(uint)number * 0xC2B2AE3D27D4EB4FUL));
        hash ^= hash >> 29;
        hash = unchecked(hash * 0xBF58476D1CE4E5B9UL);
        return (int)(hash >> 33);
    }
}
