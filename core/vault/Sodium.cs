using System.Reflection;
using System.Runtime.InteropServices;

namespace CompatBot.Core.Vault;

/// <summary>The only binding of libsodium. Every call is made after sodium_init.</summary>
internal static unsafe partial class Sodium
{
    public const int KeyBytes = 32;
    public const int NonceBytes = 24;
    public const int TagBytes = 16;

    /// <summary>What crypto_box_seal adds: an ephemeral public key and a tag.</summary>
    public const int SealBytes = 48;

    private const string Name = "libsodium";

    static Sodium()
    {
        NativeLibrary.SetDllImportResolver(typeof(Sodium).Assembly, Resolve);
        if (sodium_init() < 0) throw new InvalidOperationException("libsodium could not be initialised");
    }

    /// <summary>Such as 1.0.18.</summary>
    public static string VersionText => Marshal.PtrToStringUTF8((nint)sodium_version_string()) ?? "";

    public static void Encrypt(
        Span<byte> sealedBytes, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key)
    {
        Check(sealedBytes.Length == plain.Length + TagBytes && nonce.Length == NonceBytes && key.Length == KeyBytes);
        fixed (byte* c = sealedBytes, m = plain, ad = associated, n = nonce, k = key)
        {
            _ = crypto_aead_xchacha20poly1305_ietf_encrypt(c, null, m, (ulong)plain.Length, ad, (ulong)associated.Length, null, n, k);
        }
    }

    /// <returns>False, with <paramref name="plain"/> zeroed, when the bytes do not verify.</returns>
    public static bool Decrypt(
        Span<byte> plain, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key)
    {
        Check(sealedBytes.Length == plain.Length + TagBytes && nonce.Length == NonceBytes && key.Length == KeyBytes);
        fixed (byte* m = plain, c = sealedBytes, ad = associated, n = nonce, k = key)
        {
            return crypto_aead_xchacha20poly1305_ietf_decrypt(
                m, null, null, c, (ulong)sealedBytes.Length, ad, (ulong)associated.Length, n, k) == 0;
        }
    }

    /// <summary>Seals to an X25519 public key; nobody learns who sealed.</summary>
    /// <returns>False for a public key of low order, to which nothing can be sealed.</returns>
    public static bool BoxSeal(Span<byte> sealedBytes, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> publicKey)
    {
        Check(sealedBytes.Length == plain.Length + SealBytes && publicKey.Length == KeyBytes);
        fixed (byte* c = sealedBytes, m = plain, pk = publicKey) return crypto_box_seal(c, m, (ulong)plain.Length, pk) == 0;
    }

    public static bool BoxOpen(Span<byte> plain, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> secretKey)
    {
        Check(sealedBytes.Length == plain.Length + SealBytes && publicKey.Length == KeyBytes && secretKey.Length == KeyBytes);
        fixed (byte* m = plain, c = sealedBytes, pk = publicKey, sk = secretKey)
        {
            return crypto_box_seal_open(m, c, (ulong)sealedBytes.Length, pk, sk) == 0;
        }
    }

    public static void BoxPublicKey(Span<byte> publicKey, ReadOnlySpan<byte> secretKey)
    {
        Check(publicKey.Length == KeyBytes && secretKey.Length == KeyBytes);
        fixed (byte* pk = publicKey, sk = secretKey) _ = crypto_scalarmult_base(pk, sk);
    }

    /// <param name="secretKey">64 bytes: seed and public key.</param>
    public static void SignKeyPair(Span<byte> publicKey, Span<byte> secretKey, ReadOnlySpan<byte> seed)
    {
        Check(publicKey.Length == KeyBytes && secretKey.Length == 2 * KeyBytes && seed.Length == KeyBytes);
        fixed (byte* pk = publicKey, sk = secretKey, s = seed) _ = crypto_sign_seed_keypair(pk, sk, s);
    }

    public static void Sign(Span<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> secretKey)
    {
        Check(signature.Length == 64 && secretKey.Length == 2 * KeyBytes);
        fixed (byte* s = signature, m = message, sk = secretKey) _ = crypto_sign_detached(s, null, m, (ulong)message.Length, sk);
    }

    public static bool Verify(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> publicKey)
    {
        if (signature.Length != 64 || publicKey.Length != KeyBytes) return false;
        fixed (byte* s = signature, m = message, pk = publicKey) return crypto_sign_verify_detached(s, m, (ulong)message.Length, pk) == 0;
    }

    /// <summary>The X25519 key that belongs to an Ed25519 key (3Bot Connect seals to it).</summary>
    public static bool SignKeyToBoxKey(Span<byte> boxKey, ReadOnlySpan<byte> signKey)
    {
        Check(boxKey.Length == KeyBytes && signKey.Length == KeyBytes);
        fixed (byte* x = boxKey, ed = signKey) return crypto_sign_ed25519_pk_to_curve25519(x, ed) == 0;
    }

    /// <summary>Of short messages: it has no set-up to speak of.</summary>
    public static void HmacSha256(Span<byte> mac, ReadOnlySpan<byte> message, ReadOnlySpan<byte> key)
    {
        Check(mac.Length == KeyBytes && key.Length == KeyBytes);
        fixed (byte* o = mac, m = message, k = key) _ = crypto_auth_hmacsha256(o, m, (ulong)message.Length, k);
    }

    public static void HmacSha512(Span<byte> mac, ReadOnlySpan<byte> message, ReadOnlySpan<byte> key)
    {
        Check(mac.Length == 64 && key.Length == KeyBytes);
        fixed (byte* o = mac, m = message, k = key) _ = crypto_auth_hmacsha512(o, m, (ulong)message.Length, k);
    }

    /// <returns>False when the memory cannot be had.</returns>
    public static bool Argon2Id(Span<byte> output, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, uint passes, uint memoryKib)
    {
        const int argon2Id13 = 2;
        Check(salt.Length == 16);
        fixed (byte* o = output, p = password, s = salt)
        {
            return crypto_pwhash(
                o, (ulong)output.Length, p, (ulong)password.Length, s, passes, (nuint)memoryKib * 1024, argon2Id13) == 0;
        }
    }

    /// <summary>Guarded, locked, left out of core dumps; null when the system has no more mappings to give.</summary>
    public static byte* Allocate(int length) => (byte*)sodium_malloc((nuint)length);

    public static void Free(byte* pointer) => sodium_free(pointer);

    private static void Check(bool lengths)
    {
        if (!lengths) throw new ArgumentException("A key, nonce or buffer has the wrong length.");
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        if (library != Name) return 0;
        foreach (var candidate in (ReadOnlySpan<string>)["libsodium.so.23", "libsodium.so.26", "libsodium.so", "libsodium"])
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle)) return handle;
        }

        throw new DllNotFoundException("libsodium is not installed (Debian and Ubuntu: apt-get install libsodium23)");
    }

    [LibraryImport(Name)]
    private static partial int sodium_init();

    [LibraryImport(Name)]
    private static partial byte* sodium_version_string();

    [LibraryImport(Name)]
    private static partial void* sodium_malloc(nuint size);

    [LibraryImport(Name)]
    private static partial void sodium_free(void* pointer);

    [LibraryImport(Name)]
    private static partial int crypto_aead_xchacha20poly1305_ietf_encrypt(
        byte* c, ulong* clen, byte* m, ulong mlen, byte* ad, ulong adlen, byte* nsec, byte* npub, byte* k);

    [LibraryImport(Name)]
    private static partial int crypto_aead_xchacha20poly1305_ietf_decrypt(
        byte* m, ulong* mlen, byte* nsec, byte* c, ulong clen, byte* ad, ulong adlen, byte* npub, byte* k);

    [LibraryImport(Name)]
    private static partial int crypto_box_seal(byte* c, byte* m, ulong mlen, byte* pk);

    [LibraryImport(Name)]
    private static partial int crypto_box_seal_open(byte* m, byte* c, ulong clen, byte* pk, byte* sk);

    [LibraryImport(Name)]
    private static partial int crypto_scalarmult_base(byte* q, byte* n);

    [LibraryImport(Name)]
    private static partial int crypto_sign_seed_keypair(byte* pk, byte* sk, byte* seed);

    [LibraryImport(Name)]
    private static partial int crypto_sign_detached(byte* sig, ulong* siglen, byte* m, ulong mlen, byte* sk);

    [LibraryImport(Name)]
    private static partial int crypto_sign_verify_detached(byte* sig, byte* m, ulong mlen, byte* pk);

    [LibraryImport(Name)]
    private static partial int crypto_auth_hmacsha256(byte* o, byte* m, ulong mlen, byte* k);

    [LibraryImport(Name)]
    private static partial int crypto_auth_hmacsha512(byte* o, byte* m, ulong mlen, byte* k);

    [LibraryImport(Name)]
    private static partial int crypto_sign_ed25519_pk_to_curve25519(byte* x, byte* ed);

    [LibraryImport(Name)]
    private static partial int crypto_pwhash(
        byte* o, ulong olen, byte* password, ulong passwordlen, byte* salt, ulong ops, nuint memory, int algorithm);
}
