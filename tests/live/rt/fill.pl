#!/usr/bin/perl
# Fills a Request Tracker of rt_server.py, through RT's own library. RT_SITE_CONFIG names the instance.
#   fill.pl base        people, groups, queues, rights, custom fields, articles; prints tokens as NAME=TOKEN
#   fill.pl tickets N   N tickets with a past: the same N gives the same people, texts and times every time
use strict;
use warnings;
use utf8;

our $NOW;    # while it is set, RT believes that it is this time
BEGIN {
    no warnings 'once';
    *CORE::GLOBAL::time   = sub ()   { defined $NOW ? $NOW : CORE::time() };
    *CORE::GLOBAL::gmtime = sub (;$) { CORE::gmtime( @_ ? $_[0] : defined $NOW ? $NOW : CORE::time() ) };
}
use lib '/usr/local/share/request-tracker5/lib', '/usr/share/request-tracker5/lib';
use RT -init;
use Encode ();
use MIME::Entity ();
use RT::Authen::Token ();
binmode STDOUT, ':utf8';

sub sure { my ( $ok, $why ) = @_; $ok or die 'fill.pl: ' . ( $why // 'refused' ) . ' in line ' . ( caller )[2] . "\n"; $ok }
sub fresh { my $class = shift; $class->new( RT->SystemUser ) }

my @AGENTS = (    # name, real name, time zone
    [ 'ada',   'Ada Brandt',   'UTC' ],
    [ 'kenji', '森 健二',      'Asia/Tokyo' ],
    [ 'pilar', 'Pilar Núñez',  'America/Lima' ],
);
my @RIGHTS = qw(SeeQueue ShowTicket ShowTicketComments ShowOutgoingEmail CreateTicket DeleteTicket ReplyToTicket CommentOnTicket
    OwnTicket ModifyTicket TakeTicket StealTicket ReassignTicket SeeCustomField ModifyCustomField);

sub base {
    my $root = fresh('RT::User');
    $root->Load('root');
    sure( $root->SetPassword('password') );    # hashed anew, at the cheap cost of the instance
    my ( %agent, %group, %queue, %field );
    for (@AGENTS) {
        my ( $name, $real, $zone ) = @$_;
        $agent{$name} = fresh('RT::User');
        sure( $agent{$name}->Create( Name => $name, EmailAddress => "$name\@helpdesk.test", RealName => $real,
                Timezone => $zone, Privileged => 1, Password => 'password' ) );
    }
    for ( [ 'Agents', qw(ada kenji pilar) ], [ 'Accounting', qw(ada kenji) ] ) {
        my ( $name, @members ) = @$_;
        $group{$name} = fresh('RT::Group');
        sure( $group{$name}->CreateUserDefinedGroup( Name => $name ) );
        sure( $group{$name}->AddMember( $agent{$_}->PrincipalId ) ) for @members;
    }
    my $everyone = fresh('RT::Group');
    $everyone->LoadSystemInternalGroup('Everyone');
    for ( [ 'Kettles', 'Agents' ], [ 'Toasters', 'Agents' ], [ 'Bills', 'Accounting' ] ) {
        my ( $name, $who ) = @$_;
        my $one = $queue{$name} = fresh('RT::Queue');
        sure( $one->Create( Name => $name, Description => "About $name",
                CorrespondAddress => lc($name) . '@helpdesk.test', CommentAddress => lc($name) . '-note@helpdesk.test' ) );
        sure( $everyone->PrincipalObj->GrantRight( Object => $one, Right => $_ ) ) for qw(CreateTicket ReplyToTicket SetInitialCustomField);
        sure( $group{$who}->PrincipalObj->GrantRight( Object => $one, Right => $_ ) ) for @RIGHTS;
    }
    for ( [ 'Severity', 'SelectSingle', qw(Low Normal High Critical) ], [ 'Tags', 'FreeformMultiple' ],
        [ 'Order number', 'FreeformSingle' ], [ 'Call back at', 'DateTimeSingle' ], [ 'Bought on', 'DateSingle' ] ) {
        my ( $name, $type, @values ) = @$_;
        my $one = $field{$name} = fresh('RT::CustomField');
        sure( $one->Create( Name => $name, Type => $type, LookupType => 'RT::Queue-RT::Ticket' ) );
        my $place = 0;
        sure( $one->AddValue( Name => $_, SortOrder => ++$place ) ) for @values;
        sure( $one->AddToObject($_) ) for values %queue;
    }
    my %class;
    for my $name ( 'Knowledge', 'Internal' ) {
        my $one = $class{$name} = fresh('RT::Class');
        sure( $one->Create( Name => $name, Description => $name ) );
        sure( $group{Agents}->PrincipalObj->GrantRight( Object => $one, Right => $_ ) ) for qw(SeeClass ShowArticle SeeCustomField);
    }
    my %part;
    for ( [ 'Answer', 'TextSingle' ], [ 'Keywords', 'FreeformMultiple' ] ) {
        my ( $name, $type ) = @$_;
        $part{$name} = fresh('RT::CustomField');
        sure( $part{$name}->Create( Name => $name, Type => $type, LookupType => 'RT::Class-RT::Article' ) );
        sure( $part{$name}->AddToObject($_) ) for values %class;
    }
    my $number = 0;
    for ( [ 'Knowledge', 'Descaling a kettle', 'Vinegar or citric acid, never both.', 'kettle' ],
        [ 'Knowledge', '返金の手順', '注文番号を確認してから返金します。', '返金' ],
        [ 'Knowledge', 'Crumbs in the toaster', "Unplug it <first>.\n\nThen turn it over.", 'toaster' ],
        [ 'Internal', 'Whom to wake', 'The night shift, then Ada.', 'night' ] ) {
        my ( $where, $name, $text, $word ) = @$_;
        $NOW = 1_790_000_000 + 3600 * ++$number;
        sure( fresh('RT::Article')->Create( Class => $where, Name => $name, Summary => $name,
                'CustomField-' . $part{Answer}->Id => $text, 'CustomField-' . $part{Keywords}->Id => [$word] ) );
    }
    undef $NOW;
    my $agents = $group{Agents}->PrincipalObj;
    sure( $agents->GrantRight( Object => RT->System, Right => $_ ) ) for qw(ModifySelf LoadSavedSearch CreateSavedSearch SeeCustomField);
    sure( $agents->GrantRight( Object => $group{Agents}, Right => $_ ) ) for qw(SeeGroup ShowSavedSearches EditSavedSearches);
    my $mine = RT::CurrentUser->new( $agent{ada}->Id );
    for ( [ 'My work', q{Owner = '__CurrentUser__' AND Status = '__Active__'} ],
        [ 'Critical', q{Status = '__Active__' AND CF.{Severity} = 'Critical'} ] ) {
        sure( RT::SavedSearch->new($mine)->Save( Privacy => 'RT::Group-' . $group{Agents}->Id, Type => 'Ticket',
                Name => $_->[0], SearchParams => { Query => $_->[1], Format => "'__id__'", OrderBy => 'id', Order => 'DESC', RowsPerPage => 50 } ) );
    }
    for ( $root, map { $agent{ $_->[0] } } @AGENTS ) {
        my ( $id, $why, $token ) = fresh('RT::AuthToken')->Create( Owner => $_->Id, Description => 'tests' );
        sure( $id, $why );
        print $_->Name, "=$token\n";
    }
}

my @CUSTOMERS = ( [ 'olive', 'Olive Stone' ], [ 'wang', '王 芳' ], [ 'sato', '佐藤 翔' ], [ 'layla', 'ليلى حسن' ],
    [ 'ivan', 'Иван Орлов' ], [ 'zoe', 'Zoë 🦊 Ångström' ], [ 'dov', 'דב כהן' ], [ 'mali', 'มาลี ใจดี' ] );
my @SUBJECTS = ( 'The kettle does not boil', '水壶漏水了', 'トースターが熱くなりません', 'الغلاية لا تعمل', 'Bill %d is wrong',
    'Where is order %d?', 'Крышка не закрывается', 'Burnt toast 🔥', 'Ünïcödé ïn mÿ order %d' );
my @ASKED = ( 'It worked yesterday and does nothing today.', '请尽快回复，谢谢。', '昨日から動きません。写真を添付しました。',
    "I tried:\n\n  1. another socket\n  2. *patience*\n\nNeither helped.", 'من فضلكم ساعدوني.',
    "> When did you buy it?\n\nLast week 👩🏽‍💻, see https://shop.example/?a=1&b=2.", "It is cafe\x{301} style, not café style." );
my @ANSWERED = ( 'Please try another socket and tell us what happens.', 'ご連絡ありがとうございます。確認いたします。',
    "A new one is on its way. 🙏\n\n-- \nThe kettle people", '您好，退款已提交。' );
my @NOTED = ( 'Sounded upset on the phone ⚠️', '二次対応に確認中。', 'Refund agreed with accounting ✅' );
my @TAGS = qw(vip refund leak 急ぎ 发票 🔥 follow-up);

my $state = 4711;    # a generator of our own: perl's differs between builds
sub chance { $state = ( $state * 1103515245 + 12345 ) & 0x7fffffff; ( $state >> 8 ) % $_[0] }
sub one_of { $_[ chance( scalar @_ ) ] }

sub letter {
    my ( $text, $file ) = @_;
    my $mail = MIME::Entity->build( Type => 'text/plain', Charset => 'UTF-8', Encoding => 'base64', Data => Encode::encode_utf8($text) );
    if ( defined $file ) {
        my @kinds = ( [ '写真 1.png', 'image/png', join( '', map { chr chance(256) } 1 .. 600 ) ],
            [ 'エラー.txt', 'text/plain', Encode::encode_utf8( "エラー 0x80\n" x 40 ) ], [ 'a & b.csv', 'text/csv', "id,total\n1,2\n" ] );
        my ( $name, $type, $data ) = @{ $kinds[ $file % @kinds ] };
        $mail->make_multipart;
        $mail->attach( Type => $type, Filename => Encode::encode( 'MIME-Header', $name ), Encoding => 'base64', Data => $data );
    }
    RT::I18N::SetMIMEEntityToEncoding( $mail, 'utf-8' );
    return $mail;
}

sub tickets {
    my $count = shift;
    $NOW = my $start = 1_785_000_000;    # 2026-07-25; the tickets come over 90 days
    {   # mail and status scrips would take most of the time
        no warnings 'redefine';
        my $create = \&RT::Transaction::Create;
        *RT::Transaction::Create = sub { my $self = shift; $create->( $self, @_, ActivateScrips => 0 ) };
    }
    my %agent = map { my $user = RT::CurrentUser->new; $user->Load( $_->[0] ); sure( $user->id ); ( $_->[0] => $user ) } @AGENTS;
    my %field;
    for my $name ( 'Severity', 'Tags', 'Order number' ) {
        my $one = fresh('RT::CustomField');
        $one->LoadByCols( Name => $name, LookupType => 'RT::Queue-RT::Ticket' );
        $field{$name} = 'CustomField-' . $one->Id;
    }
    $RT::Handle->BeginTransaction;
    my @customers = map {
        my ( $name, $real ) = @$_;
        sure( fresh('RT::User')->Create( Name => "$name\@customers.example", EmailAddress => "$name\@customers.example", RealName => $real, Privileged => 0 ) );
        my $user = RT::CurrentUser->new;
        $user->Load("$name\@customers.example");
        $user;
    } @CUSTOMERS;
    my ( @events, %ticket );
    for my $number ( 1 .. $count ) {
        my $at     = $start + int( 90 * 86400 * ( $number - 1 ) / $count ) + chance(600);
        my $queue  = one_of( 'Kettles', 'Toasters', 'Bills' );
        my @staff  = $queue eq 'Bills' ? qw(ada kenji) : qw(ada kenji pilar);
        my $who    = one_of(@customers);
        my $order  = 10000 + chance(90000);
        ( my $subject = one_of(@SUBJECTS) ) =~ s/%d/$order/;
        my %tags = map { one_of(@TAGS) => 1 } 1 .. chance(4);
        my @values = ( $field{Severity} => one_of(qw(Low Normal Normal High Critical)), $field{Tags} => [ sort keys %tags ],
            ( chance(2) ? ( $field{'Order number'} => $order ) : () ) );
        my $letter = letter( one_of(@ASKED) . "\n", chance(100) < 15 ? $number : undef );
        push @events, [ $at, sub {
            my ( $id, undef, $why ) = RT::Ticket->new($who)->Create( Queue => $queue, Subject => $subject,
                Requestor => $who->EmailAddress, MIMEObj => $letter, @values );
            $ticket{$number} = sure( $id, $why );
        } ];
        my $as = sub { my $one = RT::Ticket->new( $_[0] ); $one->Load( $ticket{$number} ); $one };
        my $owner = one_of(@staff);
        if ( chance(100) < 70 ) {
            $at += 60 + chance(7200);
            push @events, [ $at, sub { sure( $as->( $agent{$owner} )->SetOwner( $agent{$owner}->Id, 'Force' ) ) } ];
        }
        for ( 1 .. chance(6) ) {
            $at += 300 + chance(86400);
            my $what = chance(10);
            my $by   = $agent{ one_of(@staff) };
            my $file = chance(100) < 15 ? chance(3) : undef;
            my $text = $what < 3 ? one_of(@NOTED) : $what < 7 ? one_of(@ANSWERED) : one_of(@ASKED);
            push @events, [ $at, sub {
                my $one = $as->( $what < 7 ? $by : $who );
                my $mail = letter( "$text\n", $file );
                sure( $what < 3 ? $one->Comment( MIMEObj => $mail ) : $one->Correspond( MIMEObj => $mail ) );
            } ];
        }
        my $end = chance(100);
        my $status = $end < 30 ? 'resolved' : $end < 40 ? 'stalled' : $end < 43 ? 'rejected' : $end < 70 ? 'open' : undef;
        push @events, [ $at + 3600, sub { sure( $as->( $agent{$owner} )->SetStatus($status) ) } ] if $status;
        push @events, [ $at + 4000, sub { sure( $as->( $agent{$owner} )->SetPriority( 10 * ( 1 + $number % 9 ) ) ) } ] if $number % 4 == 0;
        push @events, [ $at + 5000, sub { sure( $as->( $agent{$owner} )->SetDue('2026-12-24 12:00:00') ) } ] if $number % 10 == 0;
        push @events, [ $at + 6000, sub { sure( $as->( RT->SystemUser )->MergeInto( $ticket{ $number - 1 } ) ) } ] if $number % 50 == 0;
    }
    my $done = 0;
    for my $event ( map { $events[$_] } sort { $events[$a][0] <=> $events[$b][0] || $a <=> $b } 0 .. $#events ) {
        $NOW = $event->[0];
        $event->[1]->();
        if ( ++$done % 200 == 0 ) { $RT::Handle->Commit; $RT::Handle->BeginTransaction }
    }
    $RT::Handle->Commit;
}

my ( $what, $count ) = @ARGV;
if    ( ( $what // '' ) eq 'base' )    { base() }
elsif ( ( $what // '' ) eq 'tickets' ) { tickets( $count // 60 ) }
else                                   { die "usage: fill.pl base | fill.pl tickets N\n" }
