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

INSERT INTO public.cdr VALUES
	('2022-05-30 14:53:41+08', '"Kristin Hale" <2005>', '2005', '12025550143', 'from-internal', 'PJSIP/2005-0000001a', 'PJSIP/carrier-a-0000001b', 'Dial', 'C:\', 60, 55, 'ANSWERED', 3, '', '1653893621.4', NULL),
	('2022-05-30 14:53:50+08', '"" <2005>', '2005', '2001', 'from-internal', 'PJSIP/2005-0000001c', 'PJSIP/2001-0000001d', 'Dial', 'two
lines', 20, 0, 'BUSY', 3, '', '1653893630.6', NULL);
INSERT INTO public.cdr (calldate, clid, src, dst, disposition, duration, billsec, uniqueid) VALUES ('2022-05-30 14:54:00+08', '"O''Test" <2005>', '2005', '2002', 'FAILED', 0, 0, '1653893640.8');
