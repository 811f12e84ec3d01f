# --- install -------------------------------------------------------------------------------------------

make_account() {
  find_account
  if [ -z "$home" ]; then
    [ "$account" != root ] || fail 'there is no root in passwd'
    [ "$me" = 0 ] || fail "only root may make the account $account"
    # No password, yet not locked: a locked account can't use keys where sshd does without PAM.
    useradd ${root:+--prefix "$root"} --system --user-group --no-create-home --home-dir "/home/$account" \
      --shell /bin/sh --password '*' "$account" || fail "useradd could not make $account"
    changed "made the account $account"
    find_account
  fi
  case $(account_field 7) in
    */nologin | */false) fail "the shell of $account runs no forced command: usermod -s /bin/sh $account" ;;
  esac
}

# Its folders are root's, so that it can't change its own keys.
make_home() {
  [ -z "${home%/*}" ] || folder "${home%/*}" 755
  folder "$home" 755
  if [ "$account" = root ]; then folder "$home/.ssh" 700; else folder "$home/.ssh" 755; fi
}

make_conf() {
  folder "$CONF" 755
  alone
  folder "$CONF/hold.d" 755
  begin "$CONF/host.conf"
  [ "$old" != /dev/null ] || say '# This host, for vmmanage-host: docs/providers.md of vmmanage has all keys.' >"$new"
  name_host >>"$new"
  finish "$CONF/host.conf" 644
  begin "$CONF/vms.conf"
  if [ "$old" = /dev/null ]; then
    say '# What each guest may ask for: a section for each, made by vmmanage host-setup --add.' >"$new"
  else
    cat "$old" >"$new"
  fi
  finish "$CONF/vms.conf" 644
}

# The old file, with the name that was given.
name_host() {
  [ -n "$name" ] || { cat "$old"; return; }
  awk -v name="$name" '
    /^[ \t]*name[ \t]*=/ {
      value = $0; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t]+$/, "", value)
      if (!done++) print value == name ? $0 : "name = " name
      next
    }
    { print }
    END { if (!done) print "name = " name }' "$old"
}

install_program() {
  folder "${PROGRAM%/*}" 755
  begin "$PROGRAM"
  program >"$new"
  is_program "$new" || fail 'this script came through damaged'
  finish "$PROGRAM" 755
}

install_sudoers() {
  [ "$account" != root ] || return 0
  has_sudo || finding sudo "is missing, and $account needs it" 'apt install sudo'
  folder "${SUDOERS%/*}" 750
  begin "$SUDOERS"
  { grep -qxF -e "$SUDO_KEEPS" "$old" || say "$SUDO_KEEPS"; cat "$old"; } >"$new"
  finish_sudoers
}

main() {
  need_root
  make_account
  make_home
  make_conf
  install_program
  install_sudoers
  ending
  need_sshd
  say "Next, for each guest: vmmanage host-setup --add VM --key FILE --tool TOOL --hosts HOST,HOST"
}
