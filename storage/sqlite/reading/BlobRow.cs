namespace CompatBot.Storage.Sqlite.Reading;

/// <summary>Where a blob lies: its bytes, or the number and length of its file, or neither: there is no such blob.</summary>
internal readonly record struct BlobRow(byte[]? Bytes, long? File, long Length);
