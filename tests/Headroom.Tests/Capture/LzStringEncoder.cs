using System.Text;

namespace Headroom.Tests.Capture;

/// <summary>A plain encoder of lz-string's base64 form, for tests.</summary>
internal static class LzStringEncoder
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    public static string ToBase64(string text)
    {
        var bits = new List<bool>();
        var dictionary = new Dictionary<string, int>(StringComparer.Ordinal);
        var isNew = new HashSet<string>(StringComparer.Ordinal);
        var (size, width, enlargeIn) = (3, 2, 2);
        var w = "";
        foreach (var c in text)
        {
            var unit = c.ToString();
            if (dictionary.TryAdd(unit, size))
            {
                size++;
                isNew.Add(unit);
            }

            if (dictionary.ContainsKey(w + unit))
            {
                w += unit;
                continue;
            }

            Emit();
            dictionary[w + unit] = size++;
            w = unit;
        }

        if (w.Length > 0)
        {
            Emit();
        }

        Write(2, width);
        while (bits.Count % 6 != 0)
        {
            bits.Add(false);
        }

        var result = new StringBuilder();
        for (var i = 0; i < bits.Count; i += 6)
        {
            var value = 0;
            for (var j = 0; j < 6; j++)
            {
                value = (value << 1) | (bits[i + j] ? 1 : 0);
            }

            result.Append(Alphabet[value]);
        }

        while (result.Length % 4 != 0)
        {
            result.Append('=');
        }

        return result.ToString();

        void Emit()
        {
            if (isNew.Remove(w))
            {
                Write(w[0] < 256 ? 0 : 1, width);
                Write(w[0], w[0] < 256 ? 8 : 16);
                Enlarge();
            }
            else
            {
                Write(dictionary[w], width);
            }

            Enlarge();
        }

        void Enlarge()
        {
            if (--enlargeIn == 0)
            {
                enlargeIn = 1 << width;
                width++;
            }
        }

        void Write(int value, int count)
        {
            for (var i = 0; i < count; i++)
            {
                bits.Add(((value >> i) & 1) == 1);
            }
        }
    }
}
