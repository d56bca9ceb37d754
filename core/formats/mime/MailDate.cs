using System.Collections.Frozen;
using System.Globalization;

namespace CompatBot.Formats.Mime;

/// <summary>
/// Reads the date of a mail: RFC 5322 section 3.3, the obsolete forms of 4.3 (two-digit years, zone names), and what else is found in
/// mail (asctime order, ISO 8601, missing seconds or zone, comments, wrong week days).
/// </summary>
public static class MailDate
{
    /// <summary>A date header longer than this is not looked at.</summary>
    private const int CharsMax = 200;

    private static readonly string[] Months =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>
    /// Hours from UTC. The single letters of the old standard were written wrongly so often that RFC 5322 counts them as UTC.
    /// </summary>
    private static readonly FrozenDictionary<string, int> Zones = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        ["EST"] = -5,
        ["EDT"] = -4,
        ["CST"] = -6,
        ["CDT"] = -5,
        ["MST"] = -7,
        ["MDT"] = -6,
        ["PST"] = -8,
        ["PDT"] = -7,
        ["MET"] = 1,
        ["CET"] = 1,
        ["CEST"] = 2,
        ["MEST"] = 2,
        ["BST"] = 1,
        ["JST"] = 9,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>A time as header fields have it, in UTC (RFC 5322 section 3.3).</summary>
    public static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);

    /// <summary>The time, with the offset that the mail names (UTC where it names none).</summary>
    public static bool TryParse(string? text, out DateTimeOffset date)
    {
        date = default;
        if (string.IsNullOrWhiteSpace(text) || text.Length > CharsMax)
        {
            return false;
        }

        var found = new Found();
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (rest[0] == '(')
            {
                rest = AfterComment(rest);
                continue;
            }

            var end = rest.IndexOfAny(" \t,(");
            var word = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end == 0 && rest[0] != '(' ? 1 : end)..];
            if (!word.IsEmpty && !found.Take(word))
            {
                return false;
            }
        }

        return found.TryMake(out date);
    }

    private static ReadOnlySpan<char> AfterComment(ReadOnlySpan<char> rest)
    {
        var depth = 0;
        for (var index = 0; index < rest.Length; index++)
        {
            depth += rest[index] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
            {
                return rest[(index + 1)..];
            }
        }

        return default;
    }

    private struct Found
    {
        private int _day, _month, _year, _yearDigits;
        private TimeSpan? _time;
        private TimeSpan _offset;

        public bool Take(ReadOnlySpan<char> word)
        {
            if (word.Contains(':') && word[0] is not ('+' or '-'))
            {
                var separator = word.IndexOfAny("Tt");
                return separator > 0 && word.Count('-') >= 2 && TakeIsoDate(word[..separator]) ? TakeTime(word[(separator + 1)..])
                    : TakeTime(word);
            }

            if (word[0] is '+' or '-')
            {
                return TakeOffset(word);
            }

            if (word.Count('-') == 2 || word.Count('/') == 2)
            {
                return TakeDashed(word);
            }

            if (int.TryParse(word.TrimEnd('.'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return TakeNumber(number, word.TrimEnd('.').Length);
            }

            return TakeName(word);
        }

        public readonly bool TryMake(out DateTimeOffset date)
        {
            date = default;
            var year = _yearDigits switch
            {
                1 or 2 => _year + (_year < 50 ? 2000 : 1900),
                3 => _year + 1900,
                _ => _year,
            };
            if (_yearDigits == 0 || _month == 0 || year is < 1 or > 9998 || _day < 1 || _day > DateTime.DaysInMonth(year, _month))
            {
                return false;
            }

            var local = new DateTime(year, _month, _day, 0, 0, 0, DateTimeKind.Unspecified) + (_time ?? TimeSpan.Zero);
            if (local.Ticks - _offset.Ticks < 0)
            {
                return false;
            }

            date = new DateTimeOffset(local, _offset);
            return true;
        }

        /// <summary>Day of the month first, then the year; in asctime order too, as the year has more digits.</summary>
        private bool TakeNumber(int number, int digits)
        {
            if (_day == 0 && digits <= 2)
            {
                _day = number;
            }
            else if (_yearDigits == 0 && digits <= 4)
            {
                (_year, _yearDigits) = (number, digits);
            }

            return number >= 0;
        }

        private bool TakeName(ReadOnlySpan<char> word)
        {
            if (Zones.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out var hours))
            {
                _offset = TimeSpan.FromHours(hours);
                return true;
            }

            var sign = word.IndexOfAny("+-");
            if (sign > 0)
            {
                return TakeOffset(word[sign..]); // GMT+0100
            }

            var month = word.Length < 3 ? 0 : MonthOf(word);
            _month = _month == 0 ? month : _month;
            return true; // A week day, UT, GMT, Z, or a name that says nothing here.
        }

        private bool TakeDashed(ReadOnlySpan<char> word)
        {
            if (word.IndexOf('-') == 4)
            {
                return TakeIsoDate(word);
            }

            var separator = word.Count('-') == 2 ? '-' : '/';
            var first = word.IndexOf(separator);
            var second = word.LastIndexOf(separator);
            var year = word[(second + 1)..];
            _month = MonthOf(word[(first + 1)..second]);
            _yearDigits = year.Length;
            return _month > 0 && year.Length <= 4 && Number(word[..first], out _day) && Number(year, out _year);
        }

        private bool TakeIsoDate(ReadOnlySpan<char> word)
        {
            _yearDigits = 4;
            return word.Length == 10 && Number(word[..4], out _year) && Number(word[5..7], out _month) && Number(word[8..], out _day)
                && _month is >= 1 and <= 12;
        }

        /// <summary>hh:mm[:ss[.fraction]], with an ISO zone right behind it.</summary>
        private bool TakeTime(ReadOnlySpan<char> word)
        {
            var zone = word.IndexOfAny("+-Zz");
            if (zone > 0 && word[zone] is '+' or '-' && !TakeOffset(word[zone..]))
            {
                return false;
            }

            word = zone > 0 ? word[..zone] : word;
            var dot = word.IndexOf('.');
            word = dot > 0 ? word[..dot] : word;
            var colon = word.IndexOf(':');
            var rest = word[(colon + 1)..];
            var next = rest.IndexOf(':');
            var second = 0;
            if (!Number(word[..Math.Max(colon, 0)], out var hour) || !Number(next < 0 ? rest : rest[..next], out var minute)
                || (next >= 0 && !Number(rest[(next + 1)..], out second)) || hour > 23 || minute > 59 || second > 60)
            {
                return false;
            }

            _time = new TimeSpan(hour, minute, Math.Min(second, 59)); // A leap second is counted as the one before.
            return true;
        }

        /// <summary>+hhmm, +hh:mm, +hmm or +hh; one that no place on earth has counts as UTC.</summary>
        private bool TakeOffset(ReadOnlySpan<char> word)
        {
            Span<char> digits = stackalloc char[4];
            var count = 0;
            foreach (var next in word[1..])
            {
                if (char.IsAsciiDigit(next) && count < 4)
                {
                    digits[count++] = next;
                }
            }

            if (count < 2)
            {
                return word.Length < 3;
            }

            if (count == 3)
            {
                digits[..3].CopyTo(digits[1..]);
                (digits[0], count) = ('0', 4);
            }

            var hours = ((digits[0] - '0') * 10) + digits[1] - '0';
            var minutes = count < 4 ? 0 : ((digits[2] - '0') * 10) + digits[3] - '0';
            var offset = new TimeSpan(hours, minutes, 0);
            _offset = offset > TimeSpan.FromHours(14) ? TimeSpan.Zero : word[0] == '-' ? -offset : offset;
            return true;
        }

        private static int MonthOf(ReadOnlySpan<char> word)
        {
            for (var index = 0; index < Months.Length; index++)
            {
                if (word.Length >= 3 && word[..3].Equals(Months[index], StringComparison.OrdinalIgnoreCase))
                {
                    return index + 1;
                }
            }

            return 0;
        }

        private static bool Number(ReadOnlySpan<char> digits, out int number) =>
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
