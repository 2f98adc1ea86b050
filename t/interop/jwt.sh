# Tokens made by hand, in $work: keys, and what is signed with them.
#
#   . "$(dirname "$0")/jwt.sh"


# new_key NAME ALGORITHM [OPTION]: NAME.pem and NAME.pub

new_key()
{
    openssl genpkey -algorithm "$2" ${3:+-pkeyopt "$3"} -out "$1.pem" \
        2> /dev/null
    openssl pkey -in "$1.pem" -pubout -out "$1.pub" 2> /dev/null
}


b64()
{
    openssl base64 -A | tr '+/' '-_' | tr -d =
}


# sign HEADER CLAIMS KEY: RS256, ES256, EdDSA by the kind of the key

sign()
{
    local  text

    text=$(printf '%s' "$1" | b64).$(printf '%s' "$2" | b64)
    printf '%s.' "$text"

    case $3 in
    ec*.pem)
        printf '%s' "$text" | openssl dgst -sha256 -sign "$3" \
            | openssl asn1parse -inform DER \
            | sed -n 's/.*INTEGER *://p' \
            | while read -r n; do printf '%064s' "$n" | tr ' ' 0; done \
            | xxd -r -p | b64
        ;;
    ed*.pem)
        printf '%s' "$text" > text
        openssl pkeyutl -sign -inkey "$3" -rawin -in text | b64
        ;;
    hmac:*)
        printf '%s' "$text" | openssl dgst -sha256 -mac HMAC \
            -macopt "hexkey:$(xxd -p -c 100000 "${3#hmac:}")" -binary | b64
        ;;
    pss)
        printf '%s' "$text" | openssl dgst -sha256 -sign out.pem \
            -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 | b64
        ;;
    *)
        printf '%s' "$text" | openssl dgst -sha256 -sign "$3" | b64
        ;;
    esac
}


# jwk KID KEY.pub: the public key of RSA or P-256 as JSON

jwk()
{
    local  hex

    if [[ $2 = ec* ]]; then
        hex=$(openssl pkey -pubin -in "$2" -outform DER | tail -c 64 \
            | xxd -p -c 64)
        printf '{"kty":"EC","crv":"P-256","kid":"%s","x":"%s","y":"%s"}' \
            "$1" "$(xxd -r -p <<< "${hex:0:64}" | b64)" \
            "$(xxd -r -p <<< "${hex:64}" | b64)"
        return
    fi

    printf '{"kty":"RSA","use":"sig","kid":"%s","n":"%s","e":"AQAB"}' "$1" \
        "$(openssl rsa -pubin -in "$2" -noout -modulus | sed 's/.*=//' \
            | xxd -r -p | b64)"
}
