namespace CompatBot.Protocols.Smtp.Wire;

/// <summary>
/// Takes a message apart as it streams in after DATA: finds its end, CRLF.CRLF and nothing else, drops the stuffed dots
/// (RFC 5321 section 4.5.2), and notices every CR or LF that stands alone. Or, for BDAT, only the last.
/// </summary>
/// <param name="isChunked">BDAT: the end is counted, no dots are stuffed.</param>
public sealed class DataScanner(bool isChunked)
{
    private enum At
    {
        LineStart,
        InLine,
        AfterCr,
        AfterDot,
        AfterDotCr,

        /// <summary>The line is NULs so far.</summary>
        Nuls,

        /// <summary>The line is a dot, which is no stuffed one and no end.</summary>
        Dot,

        /// <summary>The line is a dot and NULs so far.</summary>
        DotAndNuls,
        AfterDotAndNulsCr,
    }

    private At _at = At.LineStart;

    /// <summary>
    /// A CR without LF or an LF without CR was seen: two servers that disagree on where a line ends let mail be smuggled.
    /// </summary>
    public bool HasBareLineEnd { get; private set; }

    /// <summary>There is a line of a dot and NULs: to a server that passes over NULs it is the end, and mail is smuggled there.</summary>
    public bool HasHiddenEnd { get; private set; }

    /// <summary>CRLF.CRLF was seen; what lies behind it are commands.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>A message that ends now, ends in CRLF (or is empty).</summary>
    public bool IsAtLineStart => _at == At.LineStart;

    /// <summary>A CR was the last octet: no LF can follow any more, so it stands alone.</summary>
    public void EndChunks() => HasBareLineEnd |= _at is At.AfterCr or At.AfterDotAndNulsCr;

    /// <summary>Finds the next piece of the message that can be stored as it is.</summary>
    /// <param name="octets">What has arrived.</param>
    /// <param name="from">Where to go on in it; afterwards behind the piece, and behind what belongs to no piece.</param>
    /// <returns>
    /// The piece, maybe empty; these octets are done with when <paramref name="from"/> is at their end, or the message ended.
    /// </returns>
    public Range Next(ReadOnlySpan<byte> octets, ref int from)
    {
        var start = from;
        while (from < octets.Length)
        {
            var octet = octets[from];
            switch (_at)
            {
                case At.InLine:
                    var skip = octets[from..].IndexOfAny((byte)'\r', (byte)'\n');
                    if (skip < 0)
                    {
                        from = octets.Length;
                        return start..from;
                    }

                    from += skip;
                    if (octets[from++] == '\r') _at = At.AfterCr;
                    else HasBareLineEnd = true;
                    break;

                case At.AfterCr when octet == '\n':
                    _at = At.LineStart;
                    from++;
                    break;

                case At.AfterCr:
                    HasBareLineEnd = true;
                    _at = At.InLine;
                    break;

                case At.LineStart when octet == '.' && !isChunked:
                    _at = At.AfterDot;
                    var piece = start..from;
                    from++;
                    if (piece.Start.Value != piece.End.Value) return piece;
                    start = from;
                    break;

                case At.LineStart when octet == '.':
                    _at = At.Dot;
                    from++;
                    break;

                case At.LineStart or At.Nuls when octet == 0:
                    _at = At.Nuls;
                    from++;
                    break;

                case At.Nuls when octet == '.':
                    _at = At.DotAndNuls;
                    from++;
                    break;

                case At.AfterDot or At.Dot or At.DotAndNuls when octet == 0:
                    _at = At.DotAndNuls;
                    from++;
                    break;

                case At.DotAndNuls when octet == '\r':
                    _at = At.AfterDotAndNulsCr;
                    from++;
                    break;

                case At.AfterDotAndNulsCr when octet == '\n':
                    HasHiddenEnd = true;
                    _at = At.LineStart;
                    from++;
                    break;

                case At.AfterDotAndNulsCr:
                    HasBareLineEnd = true;
                    _at = At.InLine;
                    break;

                case At.LineStart or At.Nuls or At.Dot or At.DotAndNuls:
                    _at = At.InLine;
                    break;

                case At.AfterDot when octet == '\r':
                    // Held back: either the end, or a CR that stands alone, and then nothing is stored anyway.
                    _at = At.AfterDotCr;
                    from++;
                    start = from;
                    break;

                case At.AfterDot:
                    _at = At.InLine;
                    break;

                case At.AfterDotCr when octet == '\n':
                    IsEnded = true;
                    from++;
                    return from..from;

                case At.AfterDotCr:
                    HasBareLineEnd = true;
                    _at = At.InLine;
                    break;
            }
        }

        return start..from;
    }
}
