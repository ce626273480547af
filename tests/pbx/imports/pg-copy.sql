--
-- PostgreSQL database dump
--

-- Dumped by pg_dump version 15.6

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

CREATE TABLE public.cdr (
    calldate timestamp with time zone DEFAULT now() NOT NULL,
    clid character varying(80) DEFAULT ''::character varying NOT NULL,
    src character varying(80) NOT NULL,
    dst character varying(80) NOT NULL,
    dcontext character varying(80) NOT NULL,
    channel character varying(80) NOT NULL,
    dstchannel character varying(80) NOT NULL,
    lastapp character varying(80) NOT NULL,
    lastdata character varying(80) NOT NULL,
    duration character varying(80) NOT NULL,
    billsec character varying(80) NOT NULL,
    disposition character varying(80) NOT NULL,
    amaflags character varying(80) NOT NULL,
    accountcode character varying(80) NOT NULL,
    uniqueid character varying(80) NOT NULL,
    userfield character varying(255)
);


ALTER TABLE public.cdr OWNER TO asterisk;

COPY public.cdr_users (name, note) FROM stdin;
ann	INSERT INTO cdr VALUES (1);
\.


COPY public.cdr (calldate, clid, src, dst, dcontext, channel, dstchannel, lastapp, lastdata, duration, billsec, disposition, amaflags, accountcode, uniqueid, userfield) FROM stdin;
2022-05-30 14:53:41+08	"Kristin Hale" <2005>	2005	12025550143	from-internal	PJSIP/2005-0000001a	PJSIP/carrier-a-0000001b	Dial	PJSIP/12025550143@carrier-a,\\60	60	55	ANSWERED	3		1653893621.4	\N
2022-05-30 06:55:49.25+00	"O\\Test Ann" <12025550143>	12025550143	2001	from-trunk	PJSIP/carrier-a-0000001c		VoiceMail	2001@default,u	31	31	ANSWERED	3		1653893749.6	\N
\.


--
-- PostgreSQL database dump complete
--
