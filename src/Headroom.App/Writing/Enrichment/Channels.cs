using System.Text;

namespace Headroom.App.Writing.Enrichment;

internal enum SourceKind : byte
{
    None,
    Search,
    Social,
    Video,
    Email,
    Assistant,
    Shopping,
}

/// <summary>
/// The acquisition channel of an event that has a URL, after the default channel groups of Google Analytics 4 with
/// one more for AI assistants.
/// </summary>
internal sealed class Channels
{
    /// <summary>Own to each instance: a cached text remembers where its batch holds it.</summary>
    private readonly ChannelNames _names = new();

    private static readonly Utf8Map<SourceKind> Sources = Build();

    /// <summary>What a host or a campaign's source is known as: by the whole, then without its first labels.</summary>
    public static SourceKind KindOf(ReadOnlySpan<byte> source)
    {
        if (source.Length is 0 or > 120)
        {
            return SourceKind.None;
        }

        Span<byte> lower = stackalloc byte[120];
        if (Ascii.ToLower(source, lower, out var length) != System.Buffers.OperationStatus.Done)
        {
            return SourceKind.None;
        }

        ReadOnlySpan<byte> rest = lower[..length];
        while (true)
        {
            if (Sources.TryGet(rest, out var kind))
            {
                return kind;
            }

            var dot = rest.IndexOf((byte)'.');
            if (dot < 0)
            {
                return SourceKind.None;
            }

            // google.co.uk, yandex.com.tr: the engine's own label, wherever it is a country's site.
            if (rest.Length - dot <= 7 && Sources.TryGet(rest[..dot], out kind) && kind == SourceKind.Search)
            {
                return kind;
            }

            rest = rest[(dot + 1)..];
        }
    }

    /// <param name="source">utm_source.</param>
    /// <param name="medium">utm_medium.</param>
    /// <param name="referrer">The referring host, empty for none or for the site itself.</param>
    /// <param name="isInternal">The referrer is the site itself.</param>
    /// <param name="searchClick">A click id of a search network's advertisement.</param>
    /// <param name="socialClick">A click id of a social network's advertisement.</param>
    /// <param name="facebookClick">Facebook marks organic clicks too.</param>
    /// <returns>Null for a step inside the site, which is no acquisition.</returns>
    public CachedText? Find(
        ReadOnlySpan<byte> source, ReadOnlySpan<byte> medium, ReadOnlySpan<byte> referrer, bool isInternal,
        bool searchClick, bool socialClick, bool facebookClick)
    {
        if (source.IsEmpty && medium.IsEmpty && !searchClick && !socialClick && !facebookClick)
        {
            return isInternal ? null
                : referrer.IsEmpty ? _names.Direct
                : KindOf(referrer) switch
                {
                    SourceKind.Search => _names.OrganicSearch,
                    SourceKind.Social => _names.OrganicSocial,
                    SourceKind.Video => _names.OrganicVideo,
                    SourceKind.Email => _names.Email,
                    SourceKind.Assistant => _names.Assistants,
                    SourceKind.Shopping => _names.OrganicShopping,
                    _ => _names.Referral,
                };
        }

        var kind = KindOf(source);
        if (kind == SourceKind.None)
        {
            kind = KindOf(referrer);
        }

        Span<byte> buffer = stackalloc byte[64];
        if (medium.Length > buffer.Length || Ascii.ToLower(medium, buffer, out var length) != System.Buffers.OperationStatus.Done)
        {
            length = 0;
        }

        ReadOnlySpan<byte> m = buffer[..length];
        if (Is(m, "display"u8, "banner"u8, "expandable"u8, "interstitial"u8, "cpm"u8))
        {
            return _names.Display;
        }

        if (searchClick || socialClick || m.StartsWith("cp"u8) || m.StartsWith("paid"u8) || Is(m, "ppc"u8, "retargeting"u8))
        {
            return kind switch
            {
                SourceKind.Search => _names.PaidSearch,
                SourceKind.Social => _names.PaidSocial,
                SourceKind.Video => _names.PaidVideo,
                SourceKind.Shopping => _names.PaidShopping,
                _ when searchClick || m.IndexOf("search"u8) >= 0 => _names.PaidSearch,
                _ when socialClick || m.IndexOf("social"u8) >= 0 => _names.PaidSocial,
                _ => _names.PaidOther,
            };
        }

        if (kind == SourceKind.Email || Is(m, "email"u8, "e-mail"u8, "e_mail"u8, "newsletter"u8))
        {
            return _names.Email;
        }

        if (Is(m, "affiliate"u8, "affiliates"u8))
        {
            return _names.Affiliates;
        }

        if (kind == SourceKind.Assistant)
        {
            return _names.Assistants;
        }

        if (kind == SourceKind.Social || facebookClick || Is(m, "social"u8, "social-network"u8, "social-media"u8, "sm"u8, "social network"u8))
        {
            return _names.OrganicSocial;
        }

        if (kind == SourceKind.Video || m.IndexOf("video"u8) >= 0)
        {
            return _names.OrganicVideo;
        }

        if (kind == SourceKind.Search || m.SequenceEqual("organic"u8))
        {
            return _names.OrganicSearch;
        }

        if (kind == SourceKind.Shopping)
        {
            return _names.OrganicShopping;
        }

        return Is(m, "sms"u8) ? _names.Sms
            : m.EndsWith("push"u8) || m.IndexOf("notification"u8) >= 0 ? _names.Push
            : m.SequenceEqual("audio"u8) ? _names.Audio
            : Is(m, "referral"u8, "app"u8, "link"u8) || !referrer.IsEmpty ? _names.Referral
            : _names.Unassigned;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b = default, ReadOnlySpan<byte> c = default,
        ReadOnlySpan<byte> d = default, ReadOnlySpan<byte> e = default) =>
        !text.IsEmpty && (text.SequenceEqual(a) || text.SequenceEqual(b) || text.SequenceEqual(c) || text.SequenceEqual(d) || text.SequenceEqual(e));

    private static Utf8Map<SourceKind> Build()
    {
        var map = new Utf8Map<SourceKind>();
        Add(SourceKind.Search, "google", "bing", "bing.com", "duckduckgo", "duckduckgo.com", "yahoo", "search.yahoo.com", "ecosia", "ecosia.org", "baidu", "baidu.com",
            "yandex", "ya.ru", "naver", "naver.com", "seznam", "seznam.cz", "startpage", "startpage.com", "qwant", "qwant.com", "search.brave.com", "brave",
            "ask.com", "aol", "search.aol.com", "sogou.com", "so.com", "daum", "daum.net", "kagi.com", "presearch.com", "mojeek.com", "adwords");
        Add(SourceKind.Social, "facebook", "facebook.com", "fb", "fb.com", "fb.me", "instagram", "instagram.com", "ig", "twitter", "twitter.com", "x.com",
            "t.co", "linkedin", "linkedin.com", "lnkd.in", "reddit", "reddit.com", "pinterest", "pinterest.com", "pin.it", "tiktok", "tiktok.com",
            "snapchat", "snapchat.com", "threads", "threads.net", "threads.com", "mastodon", "mastodon.social", "bluesky", "bsky.app", "go.bsky.app", "quora", "quora.com",
            "tumblr", "tumblr.com", "vk.com", "vkontakte", "weibo.com", "whatsapp", "whatsapp.com", "wa.me", "telegram", "t.me", "web.telegram.org",
            "discord", "discord.com", "slack", "slack.com", "news.ycombinator.com", "hackernews", "producthunt", "producthunt.com", "xing", "xing.com", "messenger", "messenger.com", "line.me", "ok.ru");
        Add(SourceKind.Video, "youtube", "youtube.com", "youtu.be", "vimeo", "vimeo.com", "twitch", "twitch.tv", "dailymotion", "dailymotion.com",
            "bilibili.com", "netflix.com", "disneyplus.com", "rumble.com");
        Add(SourceKind.Email, "email", "e-mail", "newsletter", "mail.google.com", "gmail", "outlook.live.com", "outlook.office.com", "mail.yahoo.com",
            "mail.yandex.ru", "mailchimp", "com.google.android.gm", "mail.proton.me", "webmail");
        Add(SourceKind.Assistant, "chatgpt", "chatgpt.com", "chat.openai.com", "openai", "openai.com", "perplexity", "perplexity.ai", "claude.ai", "claude", "gemini.google.com",
            "bard.google.com", "copilot.microsoft.com", "copilot", "chat.deepseek.com", "deepseek.com", "chat.mistral.ai", "grok.com", "meta.ai", "you.com", "poe.com", "phind.com");
        Add(SourceKind.Shopping, "amazon.com", "amazon", "ebay", "ebay.com", "etsy", "etsy.com", "walmart.com", "shopping.google.com", "aliexpress.com", "shopify", "alibaba.com", "shop.app");
        return map;

        void Add(SourceKind kind, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                map.Set(Encoding.UTF8.GetBytes(name), kind);
            }
        }
    }
}

/// <summary>The channels, as stored.</summary>
internal sealed class ChannelNames
{
    public readonly CachedText Direct = new("Direct");
    public readonly CachedText OrganicSearch = new("Organic Search");
    public readonly CachedText PaidSearch = new("Paid Search");
    public readonly CachedText OrganicSocial = new("Organic Social");
    public readonly CachedText PaidSocial = new("Paid Social");
    public readonly CachedText OrganicVideo = new("Organic Video");
    public readonly CachedText PaidVideo = new("Paid Video");
    public readonly CachedText OrganicShopping = new("Organic Shopping");
    public readonly CachedText PaidShopping = new("Paid Shopping");
    public readonly CachedText PaidOther = new("Paid Other");
    public readonly CachedText Display = new("Display");
    public readonly CachedText Email = new("Email");
    public readonly CachedText Affiliates = new("Affiliates");
    public readonly CachedText Assistants = new("AI Assistants");
    public readonly CachedText Referral = new("Referral");
    public readonly CachedText Audio = new("Audio");
    public readonly CachedText Sms = new("SMS");
    public readonly CachedText Push = new("Push");
    public readonly CachedText Unassigned = new("Unassigned");
}
